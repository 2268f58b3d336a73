import { type ReadonlySignal, signal } from "@preact/signals";
import type { CommandBody, RunView, SessionSummary } from "../protocol/messages.gen.ts";
import { CommandError, type Realtime } from "../realtime/index.ts";
import { isOver } from "./sessions-events.ts";

/** What is asked of a session's run. */
export interface Order {
  command: CommandBody["command"];
  run: string | null;
  /** `unknown`: it was sent, and nobody said what became of it. */
  phase: "sending" | "failed" | "unknown";
  code: string | null;
  message: string | null;
}

/** The stop or resume that this page asked for: at most one at a time, shown until it has come about or is dismissed. */
export class Orders {
  readonly #realtime: Realtime;
  readonly #order = signal<Order | null>(null);

  /** The last one that is under way or failed. */
  readonly order: ReadonlySignal<Order | null> = this.#order;

  constructor(realtime: Realtime) {
    this.#realtime = realtime;
  }

  /** Resolves with the run as it is afterwards; null where that is not known, which `order` tells. Never rejects. */
  async give(session: SessionSummary, command: CommandBody["command"]): Promise<RunView | null> {
    if (this.#order.value?.phase === "sending") return null;
    const sent: Order = { command, run: session.run?.id ?? null, phase: "sending", code: null, message: null };
    this.#order.value = sent;
    try {
      const run = await this.#realtime.ask("command", { session: session.id, command }, this.#realtime.newId());
      this.#replace(sent, null);
      return run;
    } catch (error) {
      const { code, message } = error instanceof CommandError ? error : { code: "internal", message: String(error) };
      const phase = error instanceof CommandError && error.unknown ? "unknown" : "failed";
      this.#replace(sent, { ...sent, phase, code, message });
      return null;
    }
  }

  /** What was asked for may have come about, whoever's answer is still on its way. */
  settle(run: RunView | null): void {
    const order = this.#order.value;
    if (order?.command === "stop" && run !== null && (run.id !== order.run || isOver(run.state))) this.forget();
  }

  dismiss(): void {
    if (this.#order.value?.phase !== "sending") this.forget();
  }

  forget(): void {
    this.#order.value = null;
  }

  /** Another session may have been opened since, or the event come before the answer. */
  #replace(sent: Order, next: Order | null): void {
    if (this.#order.value === sent) this.#order.value = next;
  }
}
