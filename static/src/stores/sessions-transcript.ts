import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { DeltaData, RunView, SessionDetail, SessionSummary, TranscriptPage } from "../protocol/messages.gen.ts";
import { type AnyEvent, type SessionEvent, sessionChannel } from "../protocol/wire.ts";
import { merged, summaryAfter, Written } from "./sessions-events.ts";

// A page that stays open in a busy session for days; what was cut off can be loaded again.
const MOST_EVENTS = 3000;
// Live events that wait for the session. Above it the session is read anew.
const MOST_HELD = 1000;

/**
 * A session as it was read, and every event after that, once. Where events are missing it holds what comes, until the
 * session was read again.
 */
export class Transcript {
  readonly #id = signal<string | null>(null);
  readonly #session = signal<SessionSummary | null>(null);
  readonly #events = signal<readonly SessionEvent[] | null>(null);
  readonly #before = signal<number | null>(null);
  readonly #delta = signal<DeltaData | null>(null);
  readonly #onChange: (run: RunView | null) => void;
  #written = new Written();
  #position = 0;
  /** Events that came while the session was being read; null while it is not. */
  #held: SessionEvent[] | null = null;

  readonly id: ReadonlySignal<string | null> = this.#id;
  readonly session: ReadonlySignal<SessionSummary | null> = this.#session;
  /** Oldest first; null before the first load. */
  readonly events: ReadonlySignal<readonly SessionEvent[] | null> = this.#events;
  /** Where older events begin; null at the beginning of the session. */
  readonly before: ReadonlySignal<number | null> = this.#before;
  /** The message that is being written. */
  readonly delta: ReadonlySignal<DeltaData | null> = this.#delta;

  /** `onChange` is told the session's run after whatever may have changed it. */
  constructor(onChange: (run: RunView | null) => void) {
    this.#onChange = onChange;
  }

  /** Begin the transcript of session `id`, or none. */
  begin(id: string | null): void {
    this.#position = 0;
    this.#held = null;
    this.#written = new Written();
    batch(() => {
      this.#id.value = id;
      this.#session.value = null;
      this.#events.value = null;
      this.#before.value = null;
      this.#delta.value = null;
    });
  }

  /** Hold what comes: the session is being read. */
  hold(): void {
    this.#held ??= [];
  }

  /** The session could not be read. */
  letGo(): void {
    this.#held = null;
  }

  /** Whether what happened up to `seq` is not here, and nothing is on its way. */
  lacks(seq: number): boolean {
    return this.#held === null && seq > this.#position;
  }

  /** Another log: what is shown is not the past of what comes. */
  disown(): void {
    this.#events.value = null;
  }

  /** The session was read. What was loaded of its past stays where the newest page follows it. */
  take(detail: SessionDetail): void {
    const held = this.#held ?? [];
    const known = this.#events.value;
    const oldest = detail.events[0];
    const follows = known !== null && oldest !== undefined && oldest.prev <= (known.at(-1)?.seq ?? 0);
    this.#held = null;
    batch(() => {
      this.#session.value = detail.session;
      this.#events.value = follows ? merged(known, detail.events) : detail.events;
      if (!follows) this.#before.value = detail.before;
      this.#written.read(detail.events);
      this.#position = Math.max(detail.as_of_seq, detail.events.at(-1)?.seq ?? 0);
      this.#delta.value = null;
      if (detail.delta !== null) this.write(detail.delta);
      this.#append(held.filter(({ seq }) => seq > this.#position));
    });
  }

  /** A page of its past was read. */
  takeOlder(page: TranscriptPage): void {
    batch(() => {
      this.#events.value = merged(page.events, this.#events.value ?? []);
      this.#before.value = page.before;
    });
  }

  /** Return whether it has to be read again, because something did not come; it holds what comes from then on. */
  hear(events: readonly AnyEvent[]): boolean {
    const id = this.#id.value;
    if (id === null) return false;
    const channel = sessionChannel(id);
    return batch(() => {
      for (const event of events) {
        if (event.type !== "workspace.session" || event.data.session.id !== id) continue;
        if (event.seq > this.#position || this.#session.value === null) this.change(() => event.data.session);
      }
      return this.#follow(events.filter((event): event is SessionEvent => event.channel === channel));
    });
  }

  /** A delta may come late: after its message, or after the end of its run. */
  write(delta: DeltaData): void {
    if (delta.session !== this.#id.value || this.#written.supersedes(delta)) return;
    this.#delta.value = delta;
  }

  /** Nothing, before the session is known. */
  change(to: (session: SessionSummary) => SessionSummary): void {
    const session = this.#session.value;
    if (session !== null) this.#session.value = to(session);
    this.#onChange(this.#session.value?.run ?? null);
  }

  #follow(heard: readonly SessionEvent[]): boolean {
    if (heard.length > 0 && this.#held !== null) {
      this.#held.push(...heard);
      if (this.#held.length > MOST_HELD) this.#held = [];
      return false;
    }
    const fresh = heard.filter(({ seq }) => seq > this.#position);
    const [first] = fresh;
    if (first === undefined) return false;
    if (first.prev > this.#position) {
      this.#held = [...fresh];
      return true;
    }
    this.#append(fresh);
    return false;
  }

  #append(fresh: readonly SessionEvent[]): void {
    const newest = fresh.at(-1);
    if (newest === undefined) return;
    this.#position = newest.seq;
    this.#written.read(fresh);
    const all = [...(this.#events.value ?? []), ...fresh];
    const kept = all.length > MOST_EVENTS ? all.slice(-MOST_EVENTS) : all;
    this.#events.value = kept;
    if (kept !== all) this.#before.value = kept[0]?.seq ?? null;
    for (const event of fresh) this.change((session) => summaryAfter(session, event));
    if (this.#delta.value !== null && this.#written.supersedes(this.#delta.value)) this.#delta.value = null;
  }
}
