import type { Cancel, Clock } from "../realtime/index.ts";

/** One thing to do at one time, which can be moved. Hidden tabs and sleeping machines do it late: see `overdue`. */
export class Deadline {
  readonly #clock: Clock;
  readonly #act: () => void;
  #at: number | null = null;
  #cancel: Cancel = () => undefined;

  constructor(clock: Clock, act: () => void) {
    this.#clock = clock;
    this.#act = act;
  }

  /** Whether its time has come and it has not been done. */
  get overdue(): boolean {
    return this.#at !== null && this.#clock.now() >= this.#at;
  }

  set(inMs: number): void {
    this.#cancel();
    this.#at = this.#clock.now() + inMs;
    this.#cancel = this.#clock.after(inMs, () => this.now());
  }

  /** Do it now instead. */
  now(): void {
    this.#cancel();
    this.#at = null;
    this.#act();
  }

  lift(): void {
    this.#cancel();
    this.#at = null;
  }
}
