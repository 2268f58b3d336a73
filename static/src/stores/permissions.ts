import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api/index.ts";
import type { DecisionBody, PermissionView } from "../protocol/messages.gen.ts";
import { workspaceChannel } from "../protocol/wire.ts";
import { type Cancel, CommandError, type EventBatch, type Realtime } from "../realtime/index.ts";
import { type LoadError, loadError } from "./load-error.ts";

// What was decided stays to be read about; more than this nobody scrolls through.
const MOST_SETTLED = 100;

/** A decision that this page sends. `unknown`: it was sent, and nobody said what became of it. */
export interface Decision {
  decision: DecisionBody["decision"] | "extend";
  phase: "sending" | "failed" | "unknown";
  code: string | null;
  message: string | null;
}

/** What agents ask leave for, in all of a person's sessions: what waits, and how it ended. */
export class PermissionsStore {
  readonly #realtime: Realtime;
  readonly #api: Api;
  readonly #known = signal<ReadonlyMap<string, PermissionView>>(new Map());
  readonly #loaded = signal(false);
  readonly #error = signal<LoadError | null>(null);
  readonly #decisions = signal<ReadonlyMap<string, Decision>>(new Map());
  /** Under which id a decision was sent: what is sent again after no answer bears the same. */
  readonly #ids = new Map<string, string>();
  #abort = new AbortController();
  #cancels: Cancel[] = [];
  #loading = false;
  #again = false;

  /** Every request that this page has met, by id, as it is now. */
  readonly known: ReadonlySignal<ReadonlyMap<string, PermissionView>> = this.#known;
  /** What waits, the oldest first: it expires first. */
  readonly pending: ReadonlySignal<readonly PermissionView[]> = computed(() =>
    [...this.#known.value.values()].filter(({ state }) => state === "pending").sort(byTime),
  );
  readonly loading: ReadonlySignal<boolean> = computed(() => !this.#loaded.value && this.#error.value === null);
  readonly error: ReadonlySignal<LoadError | null> = this.#error;
  /** By permission: what this page is about to decide, or failed to. */
  readonly decisions: ReadonlySignal<ReadonlyMap<string, Decision>> = this.#decisions;

  constructor(realtime: Realtime, api: Api) {
    this.#realtime = realtime;
    this.#api = api;
  }

  start(): void {
    this.#abort = new AbortController();
    this.#cancels = [
      this.#realtime.on("events", (events) => this.#hear(events)),
      this.#realtime.on("gap", ({ channels }) => this.#reach(channels)),
      this.#realtime.on("subscribed", ({ channels }) => this.#reach(channels)),
      this.#realtime.on("state", ({ kind }) => {
        if ((kind === "live" || kind === "polling") && this.#error.value !== null) void this.refresh();
      }),
    ];
    void this.refresh();
  }

  stop(): void {
    this.#abort.abort();
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  /** Read what waits. While that is under way once more is asked for at most once more. */
  async refresh(): Promise<void> {
    if (this.#loading) {
      this.#again = true;
      return;
    }
    this.#loading = true;
    do {
      this.#again = false;
      await this.#load();
    } while (this.#again && !this.#abort.signal.aborted);
    this.#loading = false;
  }

  /** Take what a session, an event or an answer says. A request that was decided never waits again. */
  put(permissions: Iterable<PermissionView>): void {
    const known = new Map(this.#known.value);
    const decisions = new Map(this.#decisions.value);
    for (const permission of permissions) {
      const before = known.get(permission.id);
      if (before !== undefined && before.state !== "pending" && permission.state === "pending") continue;
      // Asked for again it has more time; an older view of it must not take that back.
      if (before?.state === "pending" && permission.state === "pending" && isLater(before, permission)) continue;
      known.set(permission.id, permission);
      if (permission.state !== "pending") decisions.delete(permission.id);
    }
    batch(() => {
      this.#known.value = forgetful(known);
      this.#decisions.value = decisions;
    });
  }

  /** Decide, once. How that ends is in `known`, or why it did not in `decisions`. Never rejects. */
  async decide(permission: PermissionView, decision: DecisionBody["decision"], reason: string): Promise<void> {
    if (this.#decisions.value.get(permission.id)?.phase === "sending") return;
    this.#tell(permission.id, { decision, phase: "sending", code: null, message: null });
    const data = { permission: permission.id, decision, ...(reason.trim() === "" ? {} : { reason: reason.trim() }) };
    const what = JSON.stringify(data);
    const id = this.#ids.get(what) ?? this.#realtime.newId();
    this.#ids.set(what, id);
    try {
      this.put([await this.#realtime.ask("permission-decision", data, id)]);
      this.#ids.delete(what);
    } catch (error) {
      const { code, message } = error instanceof CommandError ? error : { code: "internal", message: String(error) };
      const phase = error instanceof CommandError && error.unknown ? "unknown" : "failed";
      if (phase === "failed") this.#ids.delete(what);
      this.#tell(permission.id, { decision, phase, code, message });
      // Somebody else was first, or it is too late: what became of it is worth more than the refusal.
      if (phase === "failed") await this.#settle([permission]);
    }
  }

  /** Give a request more time. Never rejects. */
  async extend(permission: PermissionView): Promise<void> {
    if (this.#decisions.value.get(permission.id)?.phase === "sending") return;
    this.#tell(permission.id, { decision: "extend", phase: "sending", code: null, message: null });
    try {
      this.put([await this.#api.sessions.extend(permission.id)]);
      this.#tell(permission.id, null);
    } catch (error) {
      const { code, message } = loadError(error);
      this.#tell(permission.id, { decision: "extend", phase: "failed", code, message });
      await this.#settle([permission]);
    }
  }

  async #load(): Promise<void> {
    const { signal: abort } = this.#abort;
    try {
      const { permissions } = await this.#api.sessions.pending(abort);
      if (abort.aborted) return;
      const here = new Set(permissions.map(({ id }) => id));
      const gone = this.pending.value.filter(({ id }) => !here.has(id));
      batch(() => {
        this.#error.value = null;
        this.#loaded.value = true;
        this.put(permissions);
      });
      if (gone.length > 0) await this.#settle(gone);
    } catch (error) {
      if (!abort.aborted) this.#error.value = loadError(error);
    }
  }

  /** Learn of their sessions what became of requests that wait no more. What cannot be learned is forgotten. */
  async #settle(gone: readonly PermissionView[]): Promise<void> {
    const { signal: abort } = this.#abort;
    for (const session of new Set(gone.map((permission) => permission.session))) {
      const detail = await this.#api.sessions.detail(session, 1, abort).catch(() => null);
      if (abort.aborted) return;
      if (detail !== null) this.put(detail.permissions);
      else this.#forget(gone.filter((permission) => permission.session === session));
    }
  }

  #forget(gone: readonly PermissionView[]): void {
    const known = new Map(this.#known.value);
    for (const { id } of gone) known.delete(id);
    this.#known.value = known;
  }

  /** What was asked for meanwhile in these channels may not have been heard. */
  #reach(channels: readonly string[]): void {
    if (channels.some((channel) => channel.startsWith(workspaceChannel("")))) void this.refresh();
  }

  #hear({ events }: EventBatch): void {
    const heard: PermissionView[] = [];
    let changed = false;
    for (const { type, data } of events) {
      if (type === "session.permission_request" || type === "session.permission_decision") heard.push(data.permission);
      if (type === "workspace.session") changed ||= this.#differs(data.session.id, data.session.pending, data.event);
    }
    if (heard.length > 0) this.put(heard);
    if (changed) void this.refresh();
  }

  /** Whether what this page knows to wait in a session is not what its summary counts. */
  #differs(session: string, pending: number, event: string): boolean {
    if (event.startsWith("session.permission_")) return true;
    return this.pending.value.filter((permission) => permission.session === session).length !== pending;
  }

  #tell(id: string, decision: Decision | null): void {
    const decisions = new Map(this.#decisions.value);
    if (decision === null) decisions.delete(id);
    else decisions.set(id, decision);
    this.#decisions.value = decisions;
  }
}

function byTime(a: PermissionView, b: PermissionView): number {
  return Date.parse(a.requested_at) - Date.parse(b.requested_at);
}

function isLater(a: PermissionView, b: PermissionView): boolean {
  return Date.parse(a.expires_at) > Date.parse(b.expires_at);
}

/** All that wait, and the newest of the others. */
function forgetful(known: ReadonlyMap<string, PermissionView>): ReadonlyMap<string, PermissionView> {
  const settled = [...known.values()].filter(({ state }) => state !== "pending");
  if (settled.length <= MOST_SETTLED) return known;
  const oldest = new Set(settled.sort(byTime).slice(0, -MOST_SETTLED));
  return new Map([...known].filter(([, permission]) => !oldest.has(permission)));
}
