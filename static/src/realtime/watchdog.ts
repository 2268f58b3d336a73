import type { Cancel, Clock } from "./io.ts";

const SILENT_HEARTBEATS = 1.5;
const PROBE_MS = 4_000;
// A timer that fires later than this was held back: a hidden tab, a sleeping machine. Frames may be waiting behind it.
const LATE_MS = 2_000;

/**
 * Notices that a connection is dead although it is open: browsers do not close a link on which nothing arrives.
 *
 * It compares times instead of trusting timers. Hidden tabs run theirs once a minute and a laptop that wakes up runs
 * them before the frames that have arrived; so a late timer proves nothing, and asks for a sign of life first.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #ping: () => void;
  readonly #onDead: () => void;
  #silenceMs = 0;
  #lastFrameAt = 0;
  #frames = 0;
  #cancel: Cancel | null = null;
  #probing = false;

  constructor(clock: Clock, actions: { ping: () => void; onDead: () => void }) {
    this.#clock = clock;
    this.#ping = actions.ping;
    this.#onDead = actions.onDead;
  }

  /** Watch from now on a connection whose server speaks at least every `heartbeatS`. */
  start(heartbeatS: number): void {
    this.#silenceMs = heartbeatS * 1000 * SILENT_HEARTBEATS;
    this.heard();
    this.#probing = false;
    this.#watch();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#probing = false;
  }

  /** Any frame is a sign of life. */
  heard(): void {
    this.#frames += 1;
    this.#lastFrameAt = this.#clock.now();
  }

  /** Ask for a sign of life, and call the connection dead if none comes within 4 s. */
  probe(): void {
    if (this.#cancel !== null && !this.#probing) this.#probe(false);
  }

  #watch(): void {
    const now = this.#clock.now();
    // A clock set back would stretch the wait.
    if (this.#lastFrameAt > now) this.#lastFrameAt = now;
    const waitMs = this.#lastFrameAt + this.#silenceMs - now;
    this.#arm(waitMs, (late) => {
      if (this.#clock.now() - this.#lastFrameAt < this.#silenceMs) this.#watch();
      else if (late) this.#probe(false);
      else this.#dead();
    });
  }

  #probe(second: boolean): void {
    this.#probing = true;
    const frames = this.#frames;
    this.#ping();
    this.#arm(PROBE_MS, (late) => {
      if (this.#frames !== frames) {
        this.#probing = false;
        this.#watch();
      } else if (late && !second) {
        this.#probe(true);
      } else {
        this.#dead();
      }
    });
  }

  #dead(): void {
    this.stop();
    this.#onDead();
  }

  #arm(delayMs: number, action: (late: boolean) => void): void {
    this.#cancel?.();
    const due = this.#clock.now() + delayMs;
    this.#cancel = this.#clock.after(delayMs, () => action(this.#clock.now() - due > LATE_MS));
  }
}
