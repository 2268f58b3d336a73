import type { DeltaData, RunView, SessionSummary } from "../protocol/messages.gen.ts";
import type { SessionEvent } from "../protocol/wire.ts";

/** Whether a run has come to its end. */
export function isOver(state: RunView["state"]): boolean {
  return state === "completed" || state === "failed" || state === "stopped";
}

/** Both, each event once, oldest first. */
export function merged(some: readonly SessionEvent[], others: readonly SessionEvent[]): SessionEvent[] {
  const bySeq = new Map([...some, ...others].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** What a session says of itself after `event`, as far as the event tells. */
export function summaryAfter(session: SessionSummary, event: SessionEvent): SessionSummary {
  switch (event.type) {
    case "session.status":
      return { ...session, run: event.data.run };
    case "session.handover":
      return { ...session, handover: event.data.handover };
    case "session.changed":
      switch (event.data.change) {
        case "title":
          return { ...session, title: event.data.title ?? session.title };
        case "closed":
          return { ...session, state: "closed" };
        case "taken":
          return { ...session, taken_by: event.data.by, handover: null };
        case "released":
          return { ...session, taken_by: null };
        default:
          return session;
      }
    default:
      return session;
  }
}

/** Which messages are final, and which runs write nothing more. */
export class Written {
  readonly #messages = new Set<string>();
  readonly #runs = new Set<string>();

  read(events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (event.type === "session.message") this.#messages.add(event.data.message.id);
      if (event.type !== "session.status") continue;
      const { id, state } = event.data.run;
      if (isOver(state)) this.#runs.add(id);
    }
  }

  supersedes({ message, run }: DeltaData): boolean {
    return this.#messages.has(message) || this.#runs.has(run);
  }
}
