import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api/index.ts";
import type {
  HandoverBody,
  NewSessionBody,
  PolicyBody,
  PolicyView,
  RunnerView,
  SessionSummary,
  WorkspaceView,
} from "../protocol/messages.gen.ts";
import { workspaceChannel } from "../protocol/wire.ts";
import type { Cancel, EventBatch, Realtime } from "../realtime/index.ts";
import { type LoadError, loadError } from "./load-error.ts";

const PAGE_SESSIONS = 50;
// Each is a channel of the one socket; nobody works in so many.
const MOST_WORKSPACES = 60;

/** The sessions of all of a person's workspaces, the ones changed last first, live. */
export class SessionsStore {
  readonly #realtime: Realtime;
  readonly #api: Api;
  readonly #byId = signal<ReadonlyMap<string, SessionSummary> | null>(null);
  readonly #workspaces = signal<readonly WorkspaceView[] | null>(null);
  readonly #runners = signal<readonly RunnerView[]>([]);
  readonly #policies = signal<ReadonlyMap<string, PolicyView>>(new Map());
  readonly #next = signal<string | null>(null);
  readonly #error = signal<LoadError | null>(null);
  readonly #loadingOlder = signal(false);
  /** The seq of the event that each summary came with, or of the list that it was in. */
  readonly #seqs = new Map<string, number>();
  #abort = new AbortController();
  #cancels: Cancel[] = [];
  #wasLost = false;

  readonly list: ReadonlySignal<readonly SessionSummary[]> = computed(() =>
    [...(this.#byId.value?.values() ?? [])].sort(byChange),
  );
  /** Those in which a person is wanted, and nobody has come yet. */
  readonly handedOver: ReadonlySignal<readonly SessionSummary[]> = computed(() => this.list.value.filter(isHandedOver));
  /** Null before they are known. */
  readonly workspaces: ReadonlySignal<readonly WorkspaceView[] | null> = this.#workspaces;
  readonly runners: ReadonlySignal<readonly RunnerView[]> = this.#runners;
  /** Of the workspaces whose policy was asked for, by id. */
  readonly policies: ReadonlySignal<ReadonlyMap<string, PolicyView>> = this.#policies;
  /** Where older sessions begin; null when all are here. */
  readonly next: ReadonlySignal<string | null> = this.#next;
  readonly loading: ReadonlySignal<boolean> = computed(() => this.#byId.value === null && this.#error.value === null);
  /** Why the list, or what is older, could not be read. */
  readonly error: ReadonlySignal<LoadError | null> = this.#error;
  readonly loadingOlder: ReadonlySignal<boolean> = this.#loadingOlder;

  constructor(realtime: Realtime, api: Api) {
    this.#realtime = realtime;
    this.#api = api;
  }

  start(): void {
    this.#abort = new AbortController();
    // First heard, then read: what happens between comes twice, and not never.
    this.#cancels = [
      this.#realtime.on("events", (events) => this.#hear(events)),
      this.#realtime.on("gap", ({ channels, reason }) => {
        if (!channels.some((channel) => channel.startsWith(workspaceChannel("")))) return;
        // Another log: its seqs begin anew.
        if (reason === "epoch_changed" || reason === "ahead") this.#seqs.clear();
        void this.refresh();
      }),
      this.#realtime.on("subscribed", ({ channels }) => {
        if (channels.some((channel) => channel.startsWith(workspaceChannel("")))) void this.#loadList();
      }),
      this.#realtime.on("state", ({ kind }) => {
        const works = kind === "live" || kind === "polling";
        // A new membership comes with a new socket.
        if (works && (this.#wasLost || this.#error.value !== null)) void this.refresh();
        this.#wasLost = kind === "reconnecting" || kind === "offline";
      }),
    ];
    void this.refresh();
  }

  stop(): void {
    this.#abort.abort();
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  find(id: string): SessionSummary | undefined {
    return this.#byId.value?.get(id);
  }

  workspace(id: string): WorkspaceView | undefined {
    return this.#workspaces.value?.find((workspace) => workspace.id === id);
  }

  /** Whether the person takes part in the workspace, as far as this page knows, and does not just read. */
  mayWrite(workspace: string): boolean {
    return this.workspace(workspace)?.role !== "viewer";
  }

  /** Whether the person says what may be done there. An administrator who is no member does too. */
  owns(workspace: string): boolean {
    const known = this.workspace(workspace);
    return known !== undefined && (known.role === "owner" || known.role === null);
  }

  /** Read everything anew. What is shown stays until it is there, and stays when it cannot be read. */
  async refresh(): Promise<void> {
    await Promise.all([this.#loadWorkspaces(), this.#loadRunners(), this.#loadList()]);
  }

  async loadOlder(): Promise<void> {
    const before = this.#next.value;
    if (before === null || this.#loadingOlder.value) return;
    this.#loadingOlder.value = true;
    const { signal: abort } = this.#abort;
    try {
      const page = await this.#api.sessions.list({ before, limit: PAGE_SESSIONS }, abort);
      this.#next.value = page.next;
      for (const session of page.sessions) this.#put(session, page.as_of_seq);
      this.#error.value = null;
    } catch (error) {
      if (!abort.aborted) this.#error.value = loadError(error);
    } finally {
      this.#loadingOlder.value = false;
    }
  }

  /** Begin a session. `key` is a ULID, the same when this is tried again. Rejects with ApiError. */
  async open(body: NewSessionBody, key: string): Promise<SessionSummary> {
    const session = await this.#api.sessions.open(body, key);
    this.put(session);
    if (this.workspace(session.workspace) === undefined) void this.#loadWorkspaces();
    return session;
  }

  /** The three below reject with ApiError; then all is as it was. */
  async rename(id: string, title: string): Promise<void> {
    this.put(await this.#api.sessions.rename(id, title));
  }

  async close(id: string): Promise<void> {
    this.put(await this.#api.sessions.close(id));
  }

  async handover(id: string, body: HandoverBody): Promise<void> {
    this.put(await this.#api.sessions.handover(id, body));
  }

  /** Take what an answer or a snapshot says of a session. */
  put(session: SessionSummary): void {
    this.#put(session, this.#seqs.get(session.id) ?? 0);
  }

  /** Rejects with ApiError. */
  async loadPolicy(workspace: string): Promise<void> {
    this.#putPolicy(workspace, await this.#api.sessions.policy(workspace, this.#abort.signal));
  }

  /** Rejects with ApiError; then the policy is as it was. */
  async setPolicy(workspace: string, body: PolicyBody): Promise<void> {
    this.#putPolicy(workspace, await this.#api.sessions.setPolicy(workspace, body));
  }

  async #loadList(): Promise<void> {
    const { signal: abort } = this.#abort;
    try {
      const page = await this.#api.sessions.list({ limit: PAGE_SESSIONS }, abort);
      if (abort.aborted) return;
      batch(() => {
        this.#error.value = null;
        this.#byId.value ??= new Map();
        // Older pages that were read before stay.
        if (this.list.value.length <= page.sessions.length) this.#next.value = page.next;
        for (const session of page.sessions) this.#put(session, page.as_of_seq);
      });
    } catch (error) {
      if (!abort.aborted) this.#error.value = loadError(error);
    }
  }

  /** Whether they are known is for the list to say. */
  async #loadWorkspaces(): Promise<void> {
    const { signal: abort } = this.#abort;
    const list = await this.#api.identity.workspaces(abort).catch(() => null);
    if (list === null || abort.aborted) return;
    this.#workspaces.value = list.workspaces;
    this.#realtime.subscribe(list.workspaces.slice(0, MOST_WORKSPACES).map(({ id }) => workspaceChannel(id)));
  }

  async #loadRunners(): Promise<void> {
    const { signal: abort } = this.#abort;
    const list = await this.#api.sessions.runners(abort).catch(() => null);
    if (list !== null && !abort.aborted) this.#runners.value = list.runners;
  }

  #hear({ events }: EventBatch): void {
    batch(() => {
      for (const event of events) {
        if (event.type === "workspace.session") this.#put(event.data.session, event.seq);
        else if (event.type === "workspace.policy") this.#putPolicy(event.data.workspace, event.data.policy);
      }
    });
  }

  #put(session: SessionSummary, seq: number): void {
    if (seq < (this.#seqs.get(session.id) ?? 0)) return;
    this.#seqs.set(session.id, seq);
    this.#byId.value = new Map(this.#byId.value ?? []).set(session.id, session);
  }

  #putPolicy(workspace: string, policy: PolicyView): void {
    this.#policies.value = new Map(this.#policies.value).set(workspace, policy);
  }
}

function byChange(a: SessionSummary, b: SessionSummary): number {
  return Date.parse(b.updated_at) - Date.parse(a.updated_at);
}

export function isHandedOver({ state, handover, taken_by: takenBy }: SessionSummary): boolean {
  return state === "open" && handover !== null && takenBy === null;
}
