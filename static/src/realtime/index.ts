export { RealtimeClient, type RealtimeOptions } from "./client.ts";
export type { Stopped } from "./close-codes.ts";
export type { Asked } from "./command-kinds.ts";
export { CommandError } from "./commands.ts";
export type {
  CaughtUp,
  ConnectionState,
  EventBatch,
  GapNotice,
  GapReason,
  How,
  Problem,
  RealtimeEvents,
} from "./events.ts";
export type { Cancel, Clock, RealtimeIo, SocketHandlers, SocketLike } from "./io.ts";
export type { Question, Realtime } from "./realtime.ts";
export { ULID_RANDOM_B, ulid } from "./ulid.ts";
