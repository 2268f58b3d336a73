const FIRST_S = 0.5;
const MOST_S = 20;
/** A connection that held for this long was a good one. */
export const STEADY_MS = 30_000;

/** Full-jitter backoff: the n-th wait is random in [0, min(20 s, 0.5 s · 2ⁿ)), so that a crowd spreads out. */
export class Backoff {
  attempts = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Return the next wait in milliseconds. */
  next(): number {
    const most = Math.min(MOST_S, FIRST_S * 2 ** this.attempts);
    this.attempts += 1;
    return this.#random() * most * 1000;
  }

  /** Start over, but only after a connection that held for 30 s: one that flaps keeps being slowed down. */
  held(forMs: number): void {
    if (forMs >= STEADY_MS) this.attempts = 0;
  }
}
