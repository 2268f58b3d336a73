import { type ReadonlySignal, signal } from "@preact/signals";
import type { ContainerAckData, OperationView } from "../protocol/messages.gen.ts";
import type { Action, ActionOptions, AnyEvent } from "../protocol/wire.ts";
import { type Cancel, type Clock, CommandError, type EventBatch, type Realtime } from "../realtime/index.ts";

// Long enough to read how long it took.
const SHOW_CONFIRMED_MS = 8000;
const MOST_DISMISSED = 200;

/** An action on a container as its row shows it. Nothing here is guessed: `confirmed` means that the engine showed it. */
export interface OperationStatus {
  containerId: string;
  containerName: string;
  action: Action;
  /** `unknown`: it was sent, and nobody said how it ended; the list shows how things are. */
  phase: "sending" | "running" | "confirmed" | "failed" | "unknown";
  /** The operation's id, once the server has said it. */
  operation: string | null;
  by: string | null;
  /** Milliseconds since the Unix epoch. */
  startedAt: number;
  durationMs: number | null;
  /** Why it failed. */
  code: string | null;
  message: string | null;
}

/** What is being done, or was just done, to each container: by this page, and by anybody else. */
export class OperationsStore {
  readonly #realtime: Realtime;
  readonly #clock: Clock;
  readonly #onForbidden: () => void;
  readonly #byContainer = signal<ReadonlyMap<string, OperationStatus>>(new Map());
  readonly #expiries = new Map<string, Cancel>();
  /** Operations whose outcome was shown and taken off again: an event that comes after its answer is not news. */
  readonly #dismissed = new Set<string>();
  #cancels: Cancel[] = [];

  /** By the container's full id: at most one for each, the newest. */
  readonly byContainer: ReadonlySignal<ReadonlyMap<string, OperationStatus>> = this.#byContainer;

  /** `onForbidden`: the person may not, although this page thought so. */
  constructor(realtime: Realtime, clock: Clock, onForbidden: () => void = () => undefined) {
    this.#realtime = realtime;
    this.#clock = clock;
    this.#onForbidden = onForbidden;
  }

  start(): void {
    this.#cancels = [
      this.#realtime.on("gap", () => this.#forgetRunning()),
      this.#realtime.on("events", (batch) => this.#takeBatch(batch)),
    ];
  }

  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
    for (const cancel of this.#expiries.values()) cancel();
    this.#expiries.clear();
  }

  /** Act on a container and resolve with how it ended. Never rejects: a failure is an outcome like any other. */
  async perform(
    container: { id: string; name: string },
    action: Action,
    options: ActionOptions = {},
  ): Promise<OperationStatus> {
    const begun: OperationStatus = {
      containerId: container.id,
      containerName: container.name,
      action,
      phase: "sending",
      operation: null,
      by: null,
      startedAt: this.#clock.now(),
      durationMs: null,
      code: null,
      message: null,
    };
    this.#show(begun);
    const outcome = await this.#outcome(begun, options);
    const shown = this.#byContainer.value.get(container.id);
    // Something else may have been begun on this container since.
    if (shown === undefined || !isContinued(begun, shown)) return outcome;
    // The event of the outcome may have come before the answer, and knows better how long it took.
    if (isFinal(shown)) return shown;
    const status = { ...outcome, operation: outcome.operation ?? shown.operation };
    this.#show(status);
    return status;
  }

  /** Take an outcome off the container's row. */
  dismiss(containerId: string): void {
    const shown = this.#byContainer.value.get(containerId);
    if (shown !== undefined && isFinal(shown)) this.#hide(containerId);
  }

  async #outcome(begun: OperationStatus, options: ActionOptions): Promise<OperationStatus> {
    try {
      const ack = await this.#realtime.act({ ...options, container: begun.containerId, action: begun.action });
      return this.#acknowledged(begun, ack);
    } catch (error) {
      const { code, message } = error instanceof CommandError ? error : { code: "internal", message: String(error) };
      if (code === "forbidden" || code === "read_only") this.#onForbidden();
      const phase = error instanceof CommandError && error.unknown ? "unknown" : "failed";
      return { ...begun, phase, code, message };
    }
  }

  #acknowledged(begun: OperationStatus, ack: ContainerAckData): OperationStatus {
    const { operation, code, message } = ack;
    const durationMs = Math.max(0, this.#clock.now() - begun.startedAt);
    return { ...begun, phase: ack.success ? "confirmed" : "failed", operation, durationMs, code, message };
  }

  #takeBatch({ events, how }: EventBatch): void {
    // Only the last word of a batch on each operation counts.
    const views = new Map<string, OperationView>();
    for (const event of events) {
      const view = operationOf(event);
      if (view === null) continue;
      views.delete(view.id);
      views.set(view.id, view);
    }
    for (const view of views.values()) this.#take(view, how === "live");
  }

  /** What ended while nobody watched is for the timeline to tell; here it only ends what is shown. */
  #take(view: OperationView, isLive: boolean): void {
    const shown = this.#byContainer.value.get(view.container_id);
    const isShown =
      shown !== undefined &&
      (shown.operation === view.id || (shown.operation === null && !isFinal(shown) && shown.action === view.action));
    if (isShown) {
      this.#show({ ...statusOf(view), startedAt: shown.startedAt });
      return;
    }
    if (this.#dismissed.has(view.id)) return;
    const ended = view.state === "confirmed" || view.state === "failed";
    if (ended && (!isLive || (shown !== undefined && !isFinal(shown)))) return;
    this.#show(statusOf(view));
  }

  /** The end of what is under way may lie in the gap, and would be waited for in vain. */
  #forgetRunning(): void {
    for (const [containerId, { phase }] of this.#byContainer.value) {
      if (phase === "running") this.#hide(containerId);
    }
  }

  #show(status: OperationStatus): void {
    const { containerId } = status;
    this.#expiries.get(containerId)?.();
    this.#expiries.delete(containerId);
    if (status.phase === "confirmed") {
      this.#expiries.set(
        containerId,
        this.#clock.after(SHOW_CONFIRMED_MS, () => this.#hide(containerId)),
      );
    }
    this.#byContainer.value = new Map(this.#byContainer.value).set(containerId, status);
  }

  #hide(containerId: string): void {
    const shown = this.#byContainer.value.get(containerId);
    if (shown === undefined) return;
    if (shown.operation !== null && isFinal(shown)) {
      this.#dismissed.add(shown.operation);
      for (const oldest of this.#dismissed) {
        if (this.#dismissed.size <= MOST_DISMISSED) break;
        this.#dismissed.delete(oldest);
      }
    }
    this.#expiries.get(containerId)?.();
    this.#expiries.delete(containerId);
    const left = new Map(this.#byContainer.value);
    left.delete(containerId);
    this.#byContainer.value = left;
  }
}

function isFinal({ phase }: OperationStatus): boolean {
  return phase === "confirmed" || phase === "failed" || phase === "unknown";
}

/** Whether `shown` is what became of `begun`. */
function isContinued(begun: OperationStatus, shown: OperationStatus): boolean {
  return shown.startedAt === begun.startedAt && shown.action === begun.action;
}

function operationOf(event: AnyEvent): OperationView | null {
  switch (event.type) {
    case "operation.requested":
    case "operation.running":
    case "operation.confirmed":
    case "operation.failed":
      return event.data.operation;
    default:
      return null;
  }
}

function statusOf(view: OperationView): OperationStatus {
  return {
    containerId: view.container_id,
    containerName: view.container_name,
    action: view.action,
    phase: view.state === "requested" ? "running" : view.state,
    operation: view.id,
    by: view.by,
    startedAt: Date.parse(view.requested_at),
    durationMs: view.duration_ms,
    code: view.code,
    message: view.message,
  };
}
