import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Cancel } from "../realtime/index.ts";
import type { SessionStore } from "./session.ts";
import type { Stores } from "./stores.ts";

/** One person after another at the same page: each gets stores of their own, so that nobody sees what was another's. */
export class Visits {
  readonly #session: SessionStore;
  readonly #create: () => Stores;
  readonly #stores;
  /** Whose stores these are; null while they are nobody's and have not been started. */
  #person: string | null = null;

  readonly stores: ReadonlySignal<Stores>;

  constructor(session: SessionStore, create: () => Stores) {
    this.#session = session;
    this.#create = create;
    this.#stores = signal(create());
    this.stores = this.#stores;
  }

  /** Follow who is signed in. `onLeave` is called when a person's stores have been thrown away. */
  start(onLeave: () => void): Cancel {
    const unfollow = effect(() => {
      const person = this.#session.person.value;
      untracked(() => this.#turnTo(person, onLeave));
    });
    this.#session.start();
    return () => {
      unfollow();
      this.#session.stop();
      if (this.#person !== null) this.#stores.value.stop();
    };
  }

  #turnTo(person: string | null, onLeave: () => void): void {
    if (person === this.#person) return;
    const left = this.#person;
    this.#person = person;
    if (left !== null) {
      this.#stores.value.stop();
      this.#stores.value = this.#create();
      onLeave();
    }
    if (person !== null) this.#stores.value.start();
  }
}
