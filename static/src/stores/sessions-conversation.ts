import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api/index.ts";
import type {
  CommandBody,
  DeltaData,
  MessageAccepted,
  PermissionView,
  SessionSummary,
} from "../protocol/messages.gen.ts";
import { type SessionEvent, sessionChannel } from "../protocol/wire.ts";
import type { Cancel, Clock, Realtime } from "../realtime/index.ts";
import { type LoadError, loadError } from "./load-error.ts";
import { isOver } from "./sessions-events.ts";
import { Orders } from "./sessions-orders.ts";
import { Transcript } from "./sessions-transcript.ts";

const PAGE_EVENTS = 200;
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
  readonly #transcript = new Transcript((run) => this.orders.settle(run));
  readonly #error = signal<LoadError | null>(null);
  readonly #loadingOlder = signal(false);
  #abort = new AbortController();
  #cancels: Cancel[] = [];
  #cancelPoll: Cancel = () => undefined;

  readonly id: ReadonlySignal<string | null> = this.#transcript.id;
  readonly session: ReadonlySignal<SessionSummary | null> = this.#transcript.session;
  /** Oldest first; null before the first load. */
  readonly events: ReadonlySignal<readonly SessionEvent[] | null> = this.#transcript.events;
  /** Where older events begin; null at the beginning of the session. */
  readonly before: ReadonlySignal<number | null> = this.#transcript.before;
  /** The message that is being written. */
  readonly delta: ReadonlySignal<DeltaData | null> = this.#transcript.delta;
  readonly loading: ReadonlySignal<boolean> = computed(() => this.events.value === null && this.#error.value === null);
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
    this.#transcript.begin(id);
    this.#cancels = [
      realtime.on("events", ({ events }) => {
        if (this.#transcript.hear(events)) void this.reload();
      }),
      realtime.on("delta", (delta) => this.#transcript.write(delta)),
      realtime.on("gap", ({ channels, reason }) => {
        if (!channels.includes(channel)) return;
        if (reason === "epoch_changed" || reason === "ahead") this.#transcript.disown();
        void this.reload();
      }),
      // What was read before the channel was heard may lack what happened in between.
      realtime.on("subscribed", ({ channels, from }) => {
        if (channels.includes(channel) && this.#transcript.lacks(from)) void this.reload();
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
    const id = this.id.value;
    if (id !== null) this.#parts.realtime.unsubscribe([sessionChannel(id)]);
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#abort.abort();
    this.#cancelPoll();
    batch(() => {
      this.#transcript.begin(null);
      this.#error.value = null;
      this.#loadingOlder.value = false;
      this.orders.forget();
    });
  }

  /** Read the session anew. What is shown stays until it is there, and stays when it cannot be read. */
  async reload(): Promise<void> {
    const id = this.id.value;
    if (id === null) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal: abort } = this.#abort;
    this.#transcript.hold();
    try {
      const detail = await this.#parts.api.sessions.detail(id, PAGE_EVENTS, abort);
      if (abort.aborted) return;
      batch(() => {
        this.#error.value = null;
        this.#transcript.take(detail);
      });
      this.#parts.onSession(detail.session);
      this.#parts.onPermissions(detail.permissions);
    } catch (error) {
      if (abort.aborted) return;
      this.#transcript.letGo();
      this.#error.value = loadError(error);
    }
  }

  async loadOlder(): Promise<void> {
    const id = this.id.value;
    const before = this.before.value;
    if (id === null || before === null || this.#loadingOlder.value) return;
    this.#loadingOlder.value = true;
    const { signal: abort } = this.#abort;
    try {
      const page = await this.#parts.api.sessions.events(id, before, PAGE_EVENTS, abort);
      if (abort.aborted) return;
      batch(() => {
        this.#error.value = null;
        this.#transcript.takeOlder(page);
      });
    } catch (error) {
      if (!abort.aborted) this.#error.value = loadError(error);
    } finally {
      this.#loadingOlder.value = false;
    }
  }

  /** Say something. `key` is a ULID, the same one when it is tried again. Rejects with CommandError. */
  say(text: string, key: string): Promise<MessageAccepted> {
    return this.#parts.realtime.ask("message", { session: this.id.value ?? "", text }, key);
  }

  /** Stop the run, or answer again. How that went is in the session, or in `orders`. Never rejects. */
  async command(command: CommandBody["command"]): Promise<void> {
    const session = this.session.value;
    if (session === null) return;
    const run = await this.orders.give(session, command);
    if (run !== null && this.id.value === session.id) this.#transcript.change((now) => ({ ...now, run }));
  }

  /** While there is no socket, read the session again and again. */
  #poll(): void {
    this.#cancelPoll();
    const { realtime, clock } = this.#parts;
    if (this.id.value === null || realtime.state.kind !== "polling") return;
    const run = this.session.value?.run;
    const waitMs = run && !isOver(run.state) ? POLL_WRITING_MS : POLL_MS;
    this.#cancelPoll = clock.after(waitMs, () => void this.reload().finally(() => this.#poll()));
  }
}
