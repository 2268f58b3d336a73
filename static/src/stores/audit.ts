import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Api, AuditQuery } from "../api/index.ts";
import type { AuditEntry } from "../protocol/messages.gen.ts";
import type { Cancel, EventBatch, Realtime } from "../realtime/index.ts";
import { type LoadError, loadError } from "./load-error.ts";

const CHANNEL = "audit";
const PAGE_ENTRIES = 50;
// More than anyone reads while standing still; the page is loaded anew instead.
const MOST_WAITING = 500;

export type AuditFilter = Pick<AuditQuery, "actor" | "action" | "outcome">;

/**
 * The audit trail as far back as it was loaded, newest first. New entries wait in `waiting` until they are taken in:
 * what somebody reads does not move. Nothing is heard while it is closed.
 */
export class AuditStore {
  readonly #realtime: Realtime;
  readonly #api: Api;
  readonly #entries = signal<readonly AuditEntry[] | null>(null);
  readonly #waiting = signal<readonly AuditEntry[]>([]);
  readonly #next = signal<number | null>(null);
  readonly #error = signal<LoadError | null>(null);
  readonly #loadingOlder = signal(false);
  #filter: AuditFilter = {};
  #abort = new AbortController();
  #cancels: Cancel[] = [];
  /** Whether the first live entry is still to prove that nothing came between the loaded page and the subscription. */
  #unproven = false;
  #failed: () => Promise<void> = () => this.reload();

  /** Null before the first page of this filter. */
  readonly entries: ReadonlySignal<readonly AuditEntry[] | null> = this.#entries;
  /** Newer than `entries`, newest first. */
  readonly waiting: ReadonlySignal<readonly AuditEntry[]> = this.#waiting;
  /** Where older entries begin; null at the beginning of the trail. */
  readonly next: ReadonlySignal<number | null> = this.#next;
  readonly error: ReadonlySignal<LoadError | null> = this.#error;
  readonly loadingOlder: ReadonlySignal<boolean> = this.#loadingOlder;

  constructor(realtime: Realtime, api: Api) {
    this.#realtime = realtime;
    this.#api = api;
  }

  /** Listen, and load the newest entries that fit `filter`. */
  open(filter: AuditFilter): void {
    this.close();
    this.#filter = filter;
    // First heard, then read: what happens between comes twice, and not never.
    this.#cancels = [
      this.#realtime.on("events", (events) => this.#hear(events)),
      this.#realtime.on("gap", ({ channels }) => {
        if (channels.includes(CHANNEL)) void this.reload();
      }),
    ];
    this.#unproven = true;
    this.#realtime.subscribe([CHANNEL]);
    void this.reload();
  }

  close(): void {
    if (this.#cancels.length) this.#realtime.unsubscribe([CHANNEL]);
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#abort.abort();
    batch(() => {
      this.#entries.value = null;
      this.#waiting.value = [];
      this.#next.value = null;
      this.#error.value = null;
      this.#loadingOlder.value = false;
    });
  }

  /** Try again what failed. */
  retry(): Promise<void> {
    return this.#failed();
  }

  /** Read the newest page. What is shown stays until it is there, and stays when it cannot be read. */
  async reload(): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#loadingOlder.value = false;
    this.#failed = () => this.reload();
    const { signal: abort } = this.#abort;
    const page = await this.#read({ limit: PAGE_ENTRIES }, abort);
    if (page === null) return;
    batch(() => {
      const newest = page.entries[0]?.seq ?? 0;
      this.#entries.value = page.entries;
      this.#next.value = page.next;
      this.#waiting.value = this.#waiting.value.filter(({ seq }) => seq > newest);
    });
  }

  async loadOlder(): Promise<void> {
    const before = this.#next.value;
    if (before === null || this.#loadingOlder.value) return;
    this.#loadingOlder.value = true;
    this.#failed = () => this.loadOlder();
    const { signal: abort } = this.#abort;
    const page = await this.#read({ before, limit: PAGE_ENTRIES }, abort);
    if (abort.aborted) return;
    batch(() => {
      this.#loadingOlder.value = false;
      if (page === null) return;
      this.#entries.value = merged(this.#entries.value ?? [], page.entries);
      this.#next.value = page.next;
    });
  }

  /** Put what waits where it belongs. */
  takeIn(): void {
    batch(() => {
      this.#entries.value = merged(this.#waiting.value, this.#entries.value ?? []);
      this.#waiting.value = [];
    });
  }

  /** Null when it failed, which `error` tells, or was overtaken. */
  async #read(query: AuditQuery, abort: AbortSignal) {
    try {
      const page = await this.#api.identity.audit({ ...this.#filter, ...query }, abort);
      if (abort.aborted) return null;
      this.#error.value = null;
      return page;
    } catch (error) {
      if (!abort.aborted) this.#error.value = loadError(error);
      return null;
    }
  }

  #hear({ events }: EventBatch): void {
    const heard = events.filter((event) => event.type === "audit.recorded");
    const [first] = heard;
    if (first === undefined) return;
    const known = new Set([...(this.#entries.value ?? []), ...this.#waiting.value].map(({ seq }) => seq));
    if (this.#unproven) {
      this.#unproven = false;
      if (!known.has(first.prev) && first.prev > 0) return void this.reload();
    }
    const fresh = heard
      .filter((event) => !known.has(event.seq) && this.#fits(event))
      .map(({ seq, timestamp, data, chain }) => ({ seq, timestamp, data, chain }));
    if (fresh.length === 0) return;
    if (this.#waiting.value.length + fresh.length > MOST_WAITING) return void this.reload();
    this.#waiting.value = merged(this.#waiting.value, fresh);
  }

  #fits({ data }: Pick<AuditEntry, "data">): boolean {
    const { actor, action, outcome } = this.#filter;
    return (
      (!actor || data.actor === actor) && (!action || data.action === action) && (!outcome || data.outcome === outcome)
    );
  }
}

/** Both, each entry once, newest first. */
function merged(some: readonly AuditEntry[], others: readonly AuditEntry[]): AuditEntry[] {
  const bySeq = new Map([...some, ...others].map((entry) => [entry.seq, entry]));
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq);
}
