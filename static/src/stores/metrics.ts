import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api/index.ts";
import type { MetricsData, MetricsPoint } from "../protocol/messages.gen.ts";
import type { Cancel, ConnectionState, Realtime } from "../realtime/index.ts";
import { type LoadError, loadError } from "./load-error.ts";

const HISTORY_S = 300;
// Five minutes at the server's shortest interval would be 3000 samples: no chart shows as many.
const MOST_POINTS = 600;
const USUAL_INTERVAL_S = 2;

/** The host's metrics: the newest sample, and the last five minutes. */
export class MetricsStore {
  readonly #realtime: Realtime;
  readonly #api: Api;
  readonly #latest = signal<MetricsData | null>(null);
  readonly #history = signal<readonly MetricsPoint[]>([]);
  readonly #intervalS = signal(USUAL_INTERVAL_S);
  readonly #error = signal<LoadError | null>(null);
  #cancels: Cancel[] = [];
  #abort = new AbortController();

  readonly latest: ReadonlySignal<MetricsData | null> = this.#latest;
  /** Oldest first. */
  readonly history: ReadonlySignal<readonly MetricsPoint[]> = this.#history;
  /** Seconds between two samples. */
  readonly intervalS: ReadonlySignal<number> = this.#intervalS;
  /** Only before the very first data, and not once that has failed. */
  readonly loading: ReadonlySignal<boolean> = computed(() => this.#latest.value === null && this.#error.value === null);
  /** Why there is nothing to show yet; null as soon as there is something. */
  readonly error: ReadonlySignal<LoadError | null> = computed(() =>
    this.#latest.value === null ? this.#error.value : null,
  );

  constructor(realtime: Realtime, api: Api) {
    this.#realtime = realtime;
    this.#api = api;
  }

  start(): void {
    this.#cancels = [
      this.#realtime.on("metrics", (data) => this.#take(data)),
      this.#realtime.on("state", (state) => this.#onState(state)),
    ];
    this.#onState(this.#realtime.state);
  }

  stop(): void {
    this.#abort.abort();
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  /** Each time that contact is made: what was sampled meanwhile is known to the server. */
  #onState({ kind }: ConnectionState): void {
    if (kind !== "live" && kind !== "polling") return;
    this.#abort.abort();
    this.#abort = new AbortController();
    void this.#load(this.#abort.signal);
  }

  async #load(signal: AbortSignal): Promise<void> {
    try {
      const { points, interval_s } = await this.#api.metricsHistory(signal);
      if (signal.aborted) return;
      batch(() => {
        this.#intervalS.value = interval_s;
        this.#history.value = merged(points, this.#history.value);
      });
    } catch (error) {
      if (!signal.aborted) this.#error.value = loadError(error);
    }
  }

  #take(data: MetricsData): void {
    batch(() => {
      this.#error.value = null;
      this.#latest.value = data;
      this.#history.value = merged(this.#history.value, [pointOf(data)]);
    });
  }
}

function pointOf(data: MetricsData): MetricsPoint {
  return {
    at: Date.parse(data.sampled_at) / 1000,
    cpu_percent: data.cpu.percent,
    memory_percent: data.memory.percent,
    rx_per_s: data.network.rx_per_s,
    tx_per_s: data.network.tx_per_s,
    read_per_s: data.disk_io.read_per_s,
    write_per_s: data.disk_io.write_per_s,
  };
}

/** Points of both, in order of time, each once, of the last five minutes. Live samples are told to the millisecond. */
function merged(some: readonly MetricsPoint[], others: readonly MetricsPoint[]): MetricsPoint[] {
  const byTime = new Map([...some, ...others].map((point) => [Math.round(point.at * 1000), point]));
  const points = [...byTime.values()].sort((a, b) => a.at - b.at);
  const oldest = (points.at(-1)?.at ?? 0) - HISTORY_S;
  return points.filter(({ at }) => at >= oldest).slice(-MOST_POINTS);
}
