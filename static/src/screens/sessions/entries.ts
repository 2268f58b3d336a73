// What a session's events come to, as the transcript shows it.

import type {
  HandoverView,
  MessageView,
  PermissionView,
  RunView,
  SessionChangedData,
  SessionErrorData,
  SessionLogData,
  SessionProcessingData,
  ToolCallView,
  ToolResultView,
} from "../../protocol/messages.gen.ts";
import type { SessionEvent } from "../../protocol/wire.ts";
import { isOver } from "../../stores/index.ts";

interface At {
  /** Unique and lasting. */
  readonly key: string;
  /** RFC 3339. */
  readonly at: string;
}

/** A call, what it asked leave for, and what came of it, wherever in the session each of them was said. */
export interface ToolEntry extends At {
  readonly kind: "tool";
  readonly run: string;
  readonly call: ToolCallView;
  readonly result: ToolResultView | null;
  /** The id of the request, whose state others know better than the events that were loaded. */
  readonly permission: string | null;
  /** Its run is over: without a result by now there will be none. */
  readonly over: boolean;
}

export type Entry =
  | (At & { readonly kind: "message"; readonly message: MessageView })
  | ToolEntry
  | (At & { readonly kind: "log"; readonly log: SessionLogData })
  | (At & { readonly kind: "error"; readonly error: SessionErrorData })
  | (At & { readonly kind: "end"; readonly run: RunView })
  | (At & { readonly kind: "note"; readonly change: SessionChangedData })
  | (At & { readonly kind: "handover"; readonly handover: HandoverView });

type Building = { -readonly [K in keyof ToolEntry]: ToolEntry[K] };

/** The entries of `events`, oldest first: those of a call at the place where it was first heard of. */
export function entriesOf(events: readonly SessionEvent[]): Entry[] {
  const entries: Entry[] = [];
  const tools = new Map<string, Building>();
  const tool = (event: SessionEvent, run: string, call: ToolCallView): Building => {
    const name = `${run} ${call.id}`;
    const known = tools.get(name);
    if (known !== undefined) return known;
    const entry: Building = {
      kind: "tool",
      key: event.id,
      at: event.timestamp,
      run,
      call,
      result: null,
      permission: null,
      over: false,
    };
    tools.set(name, entry);
    entries.push(entry);
    return entry;
  };
  for (const event of events) {
    const at = { key: event.id, at: event.timestamp };
    switch (event.type) {
      case "session.message":
        entries.push({ ...at, kind: "message", message: event.data.message });
        break;
      case "session.tool_call":
        tool(event, event.data.run, event.data.call);
        break;
      case "session.tool_result": {
        const entry = tools.get(`${event.data.run} ${event.data.result.call}`);
        // The call may lie before what was loaded.
        if (entry !== undefined) entry.result = event.data.result;
        break;
      }
      case "session.permission_request":
      case "session.permission_decision": {
        const { permission } = event.data;
        tool(event, permission.run, permission.call).permission = permission.id;
        break;
      }
      case "session.status": {
        const { run } = event.data;
        if (!isOver(run.state)) break;
        for (const entry of tools.values()) if (entry.run === run.id) entry.over = true;
        if (run.state !== "completed") entries.push({ ...at, kind: "end", run });
        break;
      }
      case "session.log":
        entries.push({ ...at, kind: "log", log: event.data });
        break;
      case "session.error":
        entries.push({ ...at, kind: "error", error: event.data });
        break;
      case "session.changed":
        entries.push({ ...at, kind: "note", change: event.data });
        break;
      case "session.handover":
        entries.push({ ...at, kind: "handover", handover: event.data.handover });
        break;
      default:
        break;
    }
  }
  return entries;
}

/** The requests that `events` tell of, each as it was told last. */
export function permissionsOf(events: readonly SessionEvent[]): PermissionView[] {
  const byId = new Map<string, PermissionView>();
  for (const event of events) {
    if (event.type !== "session.permission_request" && event.type !== "session.permission_decision") continue;
    byId.set(event.data.permission.id, event.data.permission);
  }
  return [...byId.values()];
}

/** What the run `run` is doing, as far as it said; null before it has. */
export function processingOf(events: readonly SessionEvent[], run: string): SessionProcessingData | null {
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i];
    if (event?.type === "session.processing" && event.data.run === run) return event.data;
    if (event?.type === "session.status" && event.data.run.id === run && event.data.run.state === "queued") return null;
  }
  return null;
}
