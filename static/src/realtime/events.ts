// What listeners of the client are told.

import type { ContainersData, DeltaData, GapData, MetricsData } from "../protocol/messages.gen.ts";
import type { AnyEvent } from "../protocol/wire.ts";
import type { Stopped } from "./close-codes.ts";

/** All times are milliseconds since the Unix epoch. */
export type ConnectionState =
  /** First load only. */
  | { kind: "connecting" }
  | { kind: "live"; since: number }
  /** `attempt` is the one under way or due at `retryAt`; `since` is when contact was lost. */
  | { kind: "reconnecting"; attempt: number; retryAt: number; since: number }
  | { kind: "polling"; since: number; intervalS: number }
  /** Neither socket nor REST works. With `stopped` the client does not try again by itself. */
  | { kind: "offline"; since: number; stopped: Stopped | null };

/** `live`: as they happen. `replayed`: missed while contact was lost. `history`: from before this page, or before a gap ended. */
export type How = "live" | "replayed" | "history";

/** Events in the order of their channel; never one twice. */
export interface EventBatch {
  events: readonly AnyEvent[];
  how: How;
}

/** After a lost contact: `count` events with `from` < seq <= `to` were missed and are all here now. */
export interface CaughtUp {
  count: number;
  from: number;
  to: number;
}

export type GapReason = GapData["reason"] | "epoch_changed" | "hole";

/**
 * Events with `from` < seq <= `to` will not come. `keptSince` is the time of the oldest event after them, RFC 3339.
 * Where the log itself was replaced (`epoch_changed`, `ahead`) `from` is a seq of the old one.
 */
export interface GapNotice {
  channels: readonly string[];
  from: number;
  to: number;
  reason: GapReason;
  keptSince: string | null;
}

export interface Problem {
  code: string;
  message: string;
}

export interface RealtimeEvents {
  state: ConnectionState;
  events: EventBatch;
  metrics: MetricsData;
  containers: ContainersData;
  /** The message that a run of a subscribed session is writing, as far as it is. */
  delta: DeltaData;
  /** Channels were added to an open socket: their events with seq > `from` come; what is older has to be read. */
  subscribed: { channels: readonly string[]; from: number };
  "caught-up": CaughtUp;
  gap: GapNotice;
  /** The snapshot could not be loaded yet; it is tried again. */
  "load-failed": Problem;
  /** The server refused something that no command waits for. */
  refused: Problem;
  /** The channels that are wanted and that this person may not hear; told with every new socket, and when it changes. */
  denied: readonly string[];
}
