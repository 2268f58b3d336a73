import { type Api, ApiError, retryAfterMs } from "../api/index.ts";
import { Backoff } from "./backoff.ts";
import type { Emitter } from "./emitter.ts";
import type { GapReason, RealtimeEvents } from "./events.ts";
import type { Clock } from "./io.ts";
import type { Stream } from "./stream.ts";
import { wait } from "./wait.ts";

/** How often states are read while there is no socket. */
export const STATE_INTERVAL_S = 10;
// After an event the states are read again, but not more often than this.
const STATE_LEAST_MS = 1000;
const WAIT_S = 25;
const PAGE_EVENTS = 500;
// A server that answers errors at once must not be asked in a tight loop.
const LEAST_RETRY_MS = 1000;

export interface LongPollParts {
  api: Api;
  clock: Clock;
  random: () => number;
  stream: Stream;
  emitter: Emitter<RealtimeEvents>;
  /** Called after each request for events: whether REST works. */
  onResult(works: boolean): void;
}

/** The way in while no socket opens: the same events from the same positions, and the states every 10 s. */
export class LongPoll {
  readonly #parts: LongPollParts;
  #abort: AbortController | null = null;
  /** Aborted when something happened, so that the states are not waited for. */
  #changed = new AbortController();

  constructor(parts: LongPollParts) {
    this.#parts = parts;
  }

  get running(): boolean {
    return this.#abort !== null;
  }

  start(): void {
    if (this.#abort !== null) return;
    this.#abort = new AbortController();
    void this.#pollEvents(this.#abort.signal);
    void this.#pollStates(this.#abort.signal);
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#changed.abort();
  }

  async #pollEvents(signal: AbortSignal): Promise<void> {
    const { stream, clock, random, onResult } = this.#parts;
    const backoff = new Backoff(random);
    let lost: GapReason | null = null;
    // The first answer is wanted at once: it shows that this works.
    let waitS = 0;
    while (!signal.aborted) {
      try {
        if (lost !== null || stream.resume.lastSeq === null) {
          await stream.restore(lost, signal);
          lost = null;
        } else {
          lost = await this.#poll(waitS, signal);
          if (lost === null) backoff.attempts = 0;
          waitS = WAIT_S;
        }
        if (!signal.aborted) onResult(true);
      } catch (error) {
        if (signal.aborted) return;
        lost = gapBehind(error) ?? lost;
        waitS = 0;
        onResult(gapBehind(error) !== null);
        await wait(clock, Math.max(LEAST_RETRY_MS + backoff.next(), retryAfterMs(error)), signal);
      }
    }
  }

  async #poll(waitS: number, signal: AbortSignal): Promise<GapReason | null> {
    const { api, stream } = this.#parts;
    const { lastSeq, epoch } = stream.resume;
    const query = { after: lastSeq ?? 0, limit: PAGE_EVENTS, channels: stream.eventChannels, waitS };
    const page = await api.events(epoch === null ? query : { ...query, epoch }, signal);
    if (signal.aborted) return null;
    if (page.events.length > 0) this.#changed.abort();
    return stream.page(page);
  }

  async #pollStates(signal: AbortSignal): Promise<void> {
    const { api, clock, stream, emitter } = this.#parts;
    const read = async <K extends "metrics" | "containers">(kind: K, get: () => Promise<RealtimeEvents[K]>) => {
      if (!stream.channels.has(kind)) return;
      // Whether REST works is for the events to say; a state that fails once is read again soon.
      const data = await get().catch(() => null);
      if (data !== null && !signal.aborted) emitter.emit(kind, data);
    };
    while (!signal.aborted) {
      this.#changed = new AbortController();
      await Promise.all([read("containers", () => api.containers(signal)), read("metrics", () => api.metrics(signal))]);
      await wait(clock, STATE_LEAST_MS, signal);
      await wait(clock, STATE_INTERVAL_S * 1000 - STATE_LEAST_MS, this.#changed.signal);
    }
  }
}

/** Why the position that was asked from is of no use any more, if that is what `error` says. */
function gapBehind(error: unknown): GapReason | null {
  if (!(error instanceof ApiError)) return null;
  if (error.code === "epoch_changed" || error.code === "ahead") return error.code;
  return error.status === 410 ? "expired" : null;
}
