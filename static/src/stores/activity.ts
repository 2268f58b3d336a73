import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { type AnyEvent, isTimelineChannel } from "../protocol/wire.ts";
import type { Cancel, CaughtUp, Clock, EventBatch, GapNotice, GapReason, Realtime } from "../realtime/index.ts";
import type { LoadError } from "./load-error.ts";

const MOST_ITEMS = 1000;

/** Something is missing between seq `from` and `to`. `at`: when this page found out (ms since the Unix epoch). */
export interface GapMarker {
  from: number;
  to: number;
  reason: GapReason;
  at: number;
  /** The time of the oldest event kept after the gap, RFC 3339. */
  keptSince: string | null;
}

/** `count` events with `from` < seq <= `to` were missed and are here now. */
export interface CaughtUpMarker extends CaughtUp {
  at: number;
}

/** One line of the timeline. `missed`: it happened while this page had no contact. `key` is unique and lasting. */
export type ActivityItem =
  | { kind: "event"; key: string; event: AnyEvent; missed: boolean }
  | { kind: "gap"; key: string; gap: GapMarker };

/** The timeline: the newest 1000 events and the gaps between them. */
export class ActivityStore {
  readonly #realtime: Realtime;
  readonly #clock: Clock;
  readonly #items = signal<readonly ActivityItem[]>([]);
  readonly #loaded = signal(false);
  readonly #error = signal<LoadError | null>(null);
  readonly #caughtUp = signal<CaughtUpMarker | null>(null);
  readonly #gap = signal<GapMarker | null>(null);
  readonly #keys = new Set<string>();
  #cancels: Cancel[] = [];

  /** Oldest first. */
  readonly items: ReadonlySignal<readonly ActivityItem[]> = this.#items;
  readonly loading: ReadonlySignal<boolean> = computed(() => !this.#loaded.value && this.#error.value === null);
  readonly error: ReadonlySignal<LoadError | null> = computed(() => (this.#loaded.value ? null : this.#error.value));
  /** What the last interruption brought, until it is dismissed or the next one. */
  readonly caughtUp: ReadonlySignal<CaughtUpMarker | null> = this.#caughtUp;
  /** The newest gap, until it is dismissed; it stays in the timeline. */
  readonly gap: ReadonlySignal<GapMarker | null> = this.#gap;

  constructor(realtime: Realtime, clock: Clock) {
    this.#realtime = realtime;
    this.#clock = clock;
  }

  start(): void {
    this.#cancels = [
      this.#realtime.on("events", (events) => this.#take(events)),
      this.#realtime.on("caught-up", (caughtUp) => {
        this.#caughtUp.value = { ...caughtUp, at: this.#clock.now() };
      }),
      this.#realtime.on("gap", (gap) => {
        if (gap.channels.some(isTimelineChannel)) this.#note(gap);
      }),
      this.#realtime.on("load-failed", (problem) => {
        this.#error.value = { ...problem, requestId: null };
      }),
    ];
  }

  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  dismissCaughtUp(): void {
    this.#caughtUp.value = null;
  }

  dismissGap(): void {
    this.#gap.value = null;
  }

  /** An event has the same id for ever: after a restored backup its seq may come a second time, its id does not. */
  #take({ events, how }: EventBatch): void {
    const items: ActivityItem[] = [];
    for (const event of events) {
      // The audit trail and sessions have screens of their own.
      if (!isTimelineChannel(event.channel) || this.#keys.has(event.id)) continue;
      this.#keys.add(event.id);
      items.push({ kind: "event", key: event.id, event, missed: how === "replayed" });
    }
    batch(() => {
      this.#loaded.value = true;
      if (items.length > 0) this.#append(items);
    });
  }

  #note({ from, to, reason, keptSince }: GapNotice): void {
    const gap: GapMarker = { from, to, reason, keptSince, at: this.#clock.now() };
    batch(() => {
      this.#gap.value = gap;
      // What was caught up before is history too, now.
      this.#caughtUp.value = null;
      this.#append([{ kind: "gap", key: `gap ${reason} ${from} ${to} ${gap.at}`, gap }]);
    });
  }

  #append(items: readonly ActivityItem[]): void {
    const all = [...this.#items.value, ...items];
    for (const { key } of all.slice(0, -MOST_ITEMS)) this.#keys.delete(key);
    this.#items.value = all.slice(-MOST_ITEMS);
  }
}

/** The events of one container, newest first. */
export function eventsOfContainer(items: readonly ActivityItem[], containerId: string): AnyEvent[] {
  return items
    .flatMap((item) => (item.kind === "event" && isAbout(item.event, containerId) ? [item.event] : []))
    .reverse();
}

/** Operations name their container in one way, container events in another; an unknown type may do so in neither. */
function isAbout({ data }: AnyEvent, containerId: string): boolean {
  if ("container" in data) return data.container.id === containerId;
  return "operation" in data && data.operation.container_id === containerId;
}
