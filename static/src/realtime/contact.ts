import type { Stopped } from "./close-codes.ts";
import type { ConnectionState } from "./events.ts";
import type { Clock } from "./io.ts";
import type { Link } from "./link.ts";
import { STATE_INTERVAL_S } from "./long-poll.ts";

/** When the server was last heard of, by whichever way, and what the connection is called for it. */
export class Contact {
  readonly #clock: Clock;
  readonly #startedAt: number;
  #heardAt: number | null = null;
  #state: ConnectionState = { kind: "connecting" };
  /** Why the client does not try any more; null while it does. */
  stopped: Stopped | null = null;
  /** Whether the last poll worked; null while none has answered. */
  pollWorks: boolean | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  /** Return whether the state is another one than at the last look. */
  look(link: Link): boolean {
    const state = this.#derive(link);
    if (same(state, this.#state)) return false;
    this.#state = state;
    return true;
  }

  #derive({ phase, attempt, retryAt }: Link): ConnectionState {
    const now = this.#clock.now();
    const since = this.#heardAt ?? this.#startedAt;
    if (this.stopped !== null) return { kind: "offline", since, stopped: this.stopped };
    if (phase === "up") return { kind: "live", since: this.#state.kind === "live" ? this.#state.since : now };
    if (this.pollWorks === true) {
      const began = this.#state.kind === "polling" ? this.#state.since : now;
      return { kind: "polling", since: began, intervalS: STATE_INTERVAL_S };
    }
    if (this.pollWorks === false) return { kind: "offline", since, stopped: null };
    if (this.#heardAt === null && attempt === 0) return { kind: "connecting" };
    return { kind: "reconnecting", attempt: Math.max(1, attempt), retryAt, since };
  }
}

function same(a: ConnectionState, b: ConnectionState): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
