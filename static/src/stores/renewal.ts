import { retryAfterMs } from "../api/index.ts";
import type { Clock } from "../realtime/index.ts";
import { Deadline } from "./deadline.ts";

// A token lives for 15 minutes. The random part keeps the tabs of a browser from asking at the same moment.
const BEFORE_END_MS = 60_000;
const SPREAD_MS = 15_000;
// Whatever the clocks of server and browser say of each other.
const LEAST_MS = 30_000;
const MOST_MS = 14 * 60_000;
const RETRY_MS = 5_000;

export interface RenewalParts {
  clock: Clock;
  random(): number;
  /** Get a new token. Rejects when there is none, for now or for good. */
  renew(): Promise<void>;
  /** Whether it is worth to try again after a failure. */
  goesOn(): boolean;
}

/** Has the access token renewed before it ends, and once for all who ask at the same time. */
export class Renewal {
  readonly #parts: RenewalParts;
  readonly #deadline: Deadline;
  #renewing: Promise<void> | null = null;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
    this.#deadline = new Deadline(parts.clock, () => void this.#attempt());
  }

  /** Whether the token is about to end, or has: what needs one should wait for `now`. */
  get due(): boolean {
    return this.#renewing !== null || this.#deadline.overdue;
  }

  /** The token ends at this time, RFC 3339. */
  expect(expiresAt: string): void {
    const { clock, random } = this.#parts;
    const inMs = Date.parse(expiresAt) - clock.now() - BEFORE_END_MS - random() * SPREAD_MS;
    this.#deadline.set(Math.min(Math.max(inMs, LEAST_MS), MOST_MS));
  }

  /** There is no token to be renewed. */
  lift(): void {
    this.#deadline.lift();
  }

  /** Renew it now; whoever asks meanwhile gets the same promise. */
  now(): Promise<void> {
    this.#renewing ??= this.#parts.renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** A timer is late in a hidden tab and does not run in a sleeping machine. Returns whether this was so. */
  catchUp(): boolean {
    const { overdue } = this.#deadline;
    if (overdue) this.#deadline.now();
    return overdue;
  }

  async #attempt(): Promise<void> {
    try {
      await this.now();
    } catch (error) {
      if (this.#parts.goesOn()) this.#deadline.set(Math.max(RETRY_MS, retryAfterMs(error)));
    }
  }
}
