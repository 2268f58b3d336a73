import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api/index.ts";
import type {
  CommandBody,
  DeltaData,
  MessageAccepted,
  PermissionView,
  SessionDetail,
  SessionSummary,
} from "../protocol/messages.gen.ts";
import { type SessionEvent, sessionChannel } from "../protocol/wire.ts";
import type { Cancel, Clock, EventBatch, Realtime } from "../realtime/index.ts";
import { type LoadError, loadError } from "./load-error.ts";
import { isOver, merged, summaryAfter, Written } from "./sessions-events.ts";
import { Orders } from "./sessions-orders.ts";

const PAGE_EVENTS = 200;
// A page that stays open in a busy session for days; what was cut off can be loaded again.
const MOST_EVENTS = 3000;
// Live events that wait for the session. Above it the session is read anew.
const MOST_HELD = 1000;
// Without a socket nothing says how far a message is.
const POLL_WRITING_MS = 3_000;
const POLL_MS = 10_000;

export interface ConversationParts {
  realtime: Realtime;
  api: Api;
  clock: Clock;
  /** Told what a loaded session says of itself and of what it asks leave for. */
  onSession(session: SessionSummary): void;
  onPermissions(permissions: readonly PermissionView[]): void;
}

/**
 * The session that is open: all that was said and done in it, as far back as it was loaded, and what is being written.
 * What it shows is the snapshot and every event after it, once; a hole in them is a new snapshot.
 */
export class ConversationStore {
  readonly #parts: ConversationParts;
  readonly #id = signal<string | null>(null);
  readonly #session = signal<SessionSummary | null>(null);
  readonly #events = signal<readonly SessionEvent[] | null>(null);
  readonly #before = signal<number | null>(null);
  readonly #delta = signal<DeltaData | null>(null);
  readonly #error = signal<LoadError | null>(null);
  readonly #loadingOlder = signal(false);
  #written = new Written();
  #abort = new AbortController();
  #cancels: Cancel[] = [];
  #cancelPoll: Cancel = () => undefined;
  /** Up to which seq everything of the session is here. */
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
  readonly loading: ReadonlySignal<boolean> = computed(() => this.#events.value === null && this.#error.value === null);
  readonly error: ReadonlySignal<LoadError | null> = this.#error;
  readonly loadingOlder: ReadonlySignal<boolean> = this.#loadingOlder;
  /** What this page asked of the run. */
  readonly orders: Orders;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.orders = new Orders(parts.realtime);
  }

  /** Listen to session `id`, and load it. */
  open(id: string): void {
    this.close();
    const { realtime } = this.#parts;
    const channel = sessionChannel(id);
    this.#id.value = id;
    this.#cancels = [
      realtime.on("events", (events) => this.#hear(events)),
      realtime.on("delta", (delta) => this.#write(delta)),
      realtime.on("gap", ({ channels, reason }) => {
        if (!channels.includes(channel)) return;
        // Another log: what is shown is not its past.
        if (reason === "epoch_changed" || reason === "ahead") this.#events.value = null;
        void this.reload();
      }),
      // What was read before the channel was heard may lack what happened in between.
      realtime.on("subscribed", ({ channels, from }) => {
        if (channels.includes(channel) && this.#held === null && from > this.#position) void this.reload();
      }),
      realtime.on("state", ({ kind }) => {
        if (kind === "live" && this.#error.value !== null) void this.reload();
        this.#poll();
      }),
    ];
    realtime.subscribe([channel]);
    void this.reload();
    this.#poll();
  }

  close(): void {
    const id = this.#id.value;
    if (id !== null) this.#parts.realtime.unsubscribe([sessionChannel(id)]);
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#abort.abort();
    this.#cancelPoll();
    this.#position = 0;
    this.#held = null;
    this.#written = new Written();
    batch(() => {
      this.#id.value = null;
      this.#session.value = null;
      this.#events.value = null;
      this.#before.value = null;
      this.#delta.value = null;
      this.#error.value = null;
      this.#loadingOlder.value = false;
      this.orders.forget();
    });
  }

  /** Read the session anew. What is shown stays until it is there, and stays when it cannot be read. */
  async reload(): Promise<void> {
    const id = this.#id.value;
    if (id === null) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal: abort } = this.#abort;
    this.#held ??= [];
    try {
      const detail = await this.#parts.api.sessions.detail(id, PAGE_EVENTS, abort);
      if (!abort.aborted) this.#take(detail);
    } catch (error) {
      if (abort.aborted) return;
      this.#held = null;
      this.#error.value = loadError(error);
    }
  }

  async loadOlder(): Promise<void> {
    const id = this.#id.value;
    const before = this.#before.value;
    if (id === null || before === null || this.#loadingOlder.value) return;
    this.#loadingOlder.value = true;
    const { signal: abort } = this.#abort;
    try {
      const page = await this.#parts.api.sessions.events(id, before, PAGE_EVENTS, abort);
      if (abort.aborted) return;
      batch(() => {
        this.#error.value = null;
        this.#events.value = merged(page.events, this.#events.value ?? []);
        this.#before.value = page.before;
      });
    } catch (error) {
      if (!abort.aborted) this.#error.value = loadError(error);
    } finally {
      this.#loadingOlder.value = false;
    }
  }

  /** Say something. `key` is a ULID, the same one when it is tried again. Rejects with CommandError. */
  say(text: string, key: string): Promise<MessageAccepted> {
    return this.#parts.realtime.ask("message", { session: this.#id.value ?? "", text }, key);
  }

  /** Stop the run, or answer again. How that went is in the session, or in `orders`. Never rejects. */
  async command(command: CommandBody["command"]): Promise<void> {
    const session = this.#session.value;
    if (session === null) return;
    const run = await this.orders.give(session, command);
    if (run !== null && this.#id.value === session.id) this.#change((now) => ({ ...now, run }));
  }

  #take(detail: SessionDetail): void {
    const held = this.#held ?? [];
    const known = this.#events.value;
    const oldest = detail.events[0];
    // What was loaded of the past stays where the newest page follows it.
    const follows = known !== null && oldest !== undefined && oldest.prev <= (known.at(-1)?.seq ?? 0);
    this.#held = null;
    batch(() => {
      this.#error.value = null;
      this.#session.value = detail.session;
      this.#events.value = follows ? merged(known, detail.events) : detail.events;
      if (!follows) this.#before.value = detail.before;
      this.#written.read(detail.events);
      this.#position = Math.max(detail.as_of_seq, detail.events.at(-1)?.seq ?? 0);
      this.#delta.value = null;
      if (detail.delta !== null) this.#write(detail.delta);
      this.#append(held.filter(({ seq }) => seq > this.#position));
    });
    this.#parts.onSession(detail.session);
    this.#parts.onPermissions(detail.permissions);
  }

  #hear({ events }: EventBatch): void {
    const id = this.#id.value;
    if (id === null) return;
    const channel = sessionChannel(id);
    const heard = events.filter((event): event is SessionEvent => event.channel === channel);
    batch(() => {
      for (const event of events) {
        if (event.type !== "workspace.session" || event.data.session.id !== id) continue;
        if (event.seq > this.#position || this.#session.value === null) this.#change(() => event.data.session);
      }
      this.#followed(heard);
    });
  }

  #followed(heard: readonly SessionEvent[]): void {
    if (heard.length === 0) return;
    if (this.#held !== null) {
      this.#held.push(...heard);
      if (this.#held.length > MOST_HELD) this.#held = [];
      return;
    }
    const fresh = heard.filter(({ seq }) => seq > this.#position);
    const [first] = fresh;
    if (first === undefined) return;
    if (first.prev > this.#position) {
      // Something before it did not come.
      this.#held = [...fresh];
      void this.reload();
      return;
    }
    this.#append(fresh);
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
    for (const event of fresh) this.#change((session) => summaryAfter(session, event));
    if (this.#delta.value !== null && this.#written.supersedes(this.#delta.value)) this.#delta.value = null;
  }

  /** A delta may come late: after its message, or after the end of its run. */
  #write(delta: DeltaData): void {
    if (delta.session !== this.#id.value || this.#written.supersedes(delta)) return;
    this.#delta.value = delta;
  }

  #change(to: (session: SessionSummary) => SessionSummary): void {
    const session = this.#session.value;
    if (session !== null) this.#session.value = to(session);
    this.orders.settle(this.#session.value?.run ?? null);
  }

  /** While there is no socket, read the session again and again. */
  #poll(): void {
    this.#cancelPoll();
    const { realtime, clock } = this.#parts;
    if (this.#id.value === null || realtime.state.kind !== "polling") return;
    const run = this.#session.value?.run;
    const waitMs = run && !isOver(run.state) ? POLL_WRITING_MS : POLL_MS;
    this.#cancelPoll = clock.after(waitMs, () => void this.reload().finally(() => this.#poll()));
  }
}
