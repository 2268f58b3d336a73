import type { SessionSummary } from "../../protocol/messages.gen.ts";
import { isHandedOver } from "../../stores/index.ts";

export const FILTERS = ["waiting", "open", "closed"] as const;
export type Filter = (typeof FILTERS)[number];

/** Somebody has to do something before it goes on. */
export function isWaiting(session: SessionSummary): boolean {
  return session.state === "open" && (session.pending > 0 || session.run?.state === "waiting" || isHandedOver(session));
}

export function isOf(session: SessionSummary, filter: Filter): boolean {
  return filter === "waiting" ? isWaiting(session) : session.state === filter;
}

/** Whether every word of `text` is found in what the list says of the session. */
export function sessionMatches(session: SessionSummary, text: string): boolean {
  const { title, preview, created_by: by, taken_by: taken, runner } = session;
  const hay = [title, preview, by, taken, runner].join(" ").toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}
