import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api/index.ts";
import type { ContainersData, ContainersSummary, ContainerView, EngineView } from "../protocol/messages.gen.ts";
import type { Cancel, Realtime } from "../realtime/index.ts";
import { type LoadError, loadError } from "./load-error.ts";

/** The containers of every engine as they were last known: neither a lost connection nor a lost engine empties the list. */
export class ContainersStore {
  readonly #realtime: Realtime;
  readonly #api: Api;
  readonly #data = signal<ContainersData | null>(null);
  readonly #error = signal<LoadError | null>(null);
  #cancels: Cancel[] = [];

  readonly list: ReadonlySignal<readonly ContainerView[]> = computed(() => this.#data.value?.containers ?? []);
  /** Null before the first data. */
  readonly summary: ReadonlySignal<ContainersSummary | null> = computed(() => this.#data.value?.summary ?? null);
  readonly engines: ReadonlySignal<readonly EngineView[]> = computed(() => this.#data.value?.engines ?? []);
  /** The first engine that is down, or null. */
  readonly engineDown: ReadonlySignal<EngineView | null> = computed(
    () => this.engines.value.find(({ state }) => state === "down") ?? null,
  );
  /** No engine has told its containers yet: an empty list means nothing. */
  readonly unknown: ReadonlySignal<boolean> = computed(
    () => this.list.value.length === 0 && !this.engines.value.some(({ state }) => state === "up"),
  );
  /** When the server read the list, RFC 3339. */
  readonly readAt: ReadonlySignal<string | null> = computed(() => this.#data.value?.read_at ?? null);
  /** Only before the very first data, and not once that has failed. */
  readonly loading: ReadonlySignal<boolean> = computed(() => this.#data.value === null && this.#error.value === null);
  /** Why there is nothing to show yet; null as soon as there is something. */
  readonly error: ReadonlySignal<LoadError | null> = computed(() =>
    this.#data.value === null ? this.#error.value : null,
  );

  constructor(realtime: Realtime, api: Api) {
    this.#realtime = realtime;
    this.#api = api;
  }

  start(): void {
    this.#cancels = [
      this.#realtime.on("containers", (data) => this.#take(data)),
      this.#realtime.on("load-failed", (problem) => {
        this.#error.value = { ...problem, requestId: null };
      }),
    ];
  }

  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  /** The container with this id, start of an id, or name. */
  find(idOrName: string): ContainerView | undefined {
    const list = this.list.value;
    return (
      list.find(({ id, name }) => id === idOrName || name === idOrName) ??
      (idOrName.length < 4 ? undefined : list.find(({ id }) => id.startsWith(idOrName)))
    );
  }

  /** Read the list now. A failure shows as `error` only while there is nothing else to show. */
  async refresh(): Promise<void> {
    try {
      this.#take(await this.#api.containers());
    } catch (error) {
      this.#error.value = loadError(error);
    }
  }

  #take(data: ContainersData): void {
    batch(() => {
      this.#error.value = null;
      this.#data.value = withLastKnown(data, this.#data.value);
    });
  }
}

/** An engine that cannot be asked has an empty list in what it says; what was known of its containers is worth more. */
function withLastKnown(data: ContainersData, known: ContainersData | null): ContainersData {
  const silent = data.engines.filter(({ state }) => state !== "up").map(({ name }) => name);
  const lost = silent.filter((engine) => !data.containers.some((container) => container.engine === engine));
  const kept = (known?.containers ?? []).filter(({ engine }) => lost.includes(engine));
  if (known === null || kept.length === 0) return data;
  const containers = [...data.containers, ...kept];
  return { ...data, containers, summary: data.containers.length === 0 ? known.summary : data.summary };
}
