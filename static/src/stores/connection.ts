import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Cancel, Clock, ConnectionState, Realtime, Stopped } from "../realtime/index.ts";

const TICK_MS = 1000;
const DIM_AFTER_MS = 10_000;
const STALE_INTERVALS = 2;

/** What the connection chip says. Times are ms since the Unix epoch, `…S` are whole seconds. */
export type Chip =
  | { kind: "connecting" }
  /** `fresh`: the newest data is younger than two intervals. */
  | { kind: "live"; ageS: number | null; fresh: boolean }
  | { kind: "reconnecting"; attempt: number; inS: number }
  | { kind: "polling"; everyS: number; ageS: number | null }
  | { kind: "offline"; since: number; stopped: Stopped | null };

/** How the page is connected, and how old what it shows is. */
export class ConnectionStore {
  readonly #realtime: Realtime;
  readonly #clock: Clock;
  readonly #state = signal<ConnectionState>({ kind: "connecting" });
  readonly #now = signal(0);
  readonly #newestAt = signal<number | null>(null);
  readonly #denied = signal<ReadonlySet<string>>(new Set());
  #cancels: Cancel[] = [];
  #cancelTick: Cancel = () => undefined;

  readonly state: ReadonlySignal<ConnectionState> = this.#state;
  /** The channels that this person may not hear. */
  readonly denied: ReadonlySignal<ReadonlySet<string>> = this.#denied;
  /** Ticks once a second: what every relative time is relative to. */
  readonly now: ReadonlySignal<number> = this.#now;
  /** Seconds since data of any kind arrived; null before the first. */
  readonly dataAgeS: ReadonlySignal<number | null>;
  readonly chip: ReadonlySignal<Chip>;
  /** Whether what is shown may be out of date: to be dimmed, with its age. */
  readonly dimmed: ReadonlySignal<boolean>;
  /** Whether an action can be sent, now or as soon as the connection is back. */
  readonly canAct: ReadonlySignal<boolean>;

  /** `intervalS`: the time between two samples that the server sends by itself. */
  constructor(realtime: Realtime, clock: Clock, intervalS: ReadonlySignal<number>) {
    this.#realtime = realtime;
    this.#clock = clock;
    this.#now.value = clock.now();
    this.dataAgeS = computed(() => {
      const newest = this.#newestAt.value;
      return newest === null ? null : Math.max(0, Math.floor((this.#now.value - newest) / 1000));
    });
    this.chip = computed(() => chipOf(this.#state.value, this.#now.value, this.dataAgeS.value, intervalS.value));
    this.dimmed = computed(() => {
      const state = this.#state.value;
      if (state.kind === "offline") return true;
      return state.kind === "reconnecting" && this.#now.value - state.since >= DIM_AFTER_MS;
    });
    this.canAct = computed(() => !["connecting", "offline"].includes(this.#state.value.kind));
  }

  start(): void {
    const arrived = () => {
      this.#newestAt.value = this.#clock.now();
    };
    this.#cancels = [
      this.#realtime.on("state", (state) => {
        this.#now.value = this.#clock.now();
        this.#state.value = state;
      }),
      this.#realtime.on("denied", (channels) => {
        this.#denied.value = new Set(channels);
      }),
      this.#realtime.on("metrics", arrived),
      this.#realtime.on("containers", arrived),
      this.#realtime.on("events", arrived),
    ];
    this.#state.value = this.#realtime.state;
    this.#tick();
  }

  stop(): void {
    this.#cancelTick();
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  /** Try the socket at once, also when the client has stopped. */
  retryNow(): void {
    this.#realtime.connect();
  }

  disconnect(): void {
    this.#realtime.disconnect();
  }

  #tick(): void {
    this.#now.value = this.#clock.now();
    this.#cancelTick = this.#clock.after(TICK_MS, () => this.#tick());
  }
}

function chipOf(state: ConnectionState, now: number, ageS: number | null, intervalS: number): Chip {
  switch (state.kind) {
    case "connecting":
      return state;
    case "live":
      return { kind: "live", ageS, fresh: ageS !== null && ageS <= STALE_INTERVALS * intervalS };
    case "reconnecting": {
      const inS = Math.max(0, Math.ceil((state.retryAt - now) / 1000));
      return { kind: "reconnecting", attempt: state.attempt, inS };
    }
    case "polling":
      return { kind: "polling", everyS: state.intervalS, ageS };
    case "offline":
      return { kind: "offline", since: state.since, stopped: state.stopped };
  }
}
