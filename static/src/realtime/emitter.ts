import type { Cancel } from "./io.ts";

/** Hands values to those who asked for their kind, in the order in which they asked. */
export class Emitter<Kinds extends object> {
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Map<keyof Kinds, Set<(value: never) => void>>();

  /** `onError` gets what a listener throws. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  on<K extends keyof Kinds>(kind: K, listener: (value: Kinds[K]) => void): Cancel {
    const set = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, set);
    // A wrapper, so that the same function may listen twice.
    const own = (value: Kinds[K]) => listener(value);
    set.add(own);
    return () => set.delete(own);
  }

  /** A listener that throws stops neither the others nor who emits. */
  emit<K extends keyof Kinds>(kind: K, value: Kinds[K]): void {
    for (const listener of [...(this.#listeners.get(kind) ?? [])]) {
      try {
        (listener as (value: Kinds[K]) => void)(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
