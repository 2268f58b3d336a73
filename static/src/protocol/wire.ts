// What the generated file cannot say: names for parts of it, and which channel is of which kind.

import type { AnyEvent, SessionDetail, Skip } from "./messages.gen.ts";

export type {
  Action,
  ActionOptions,
  AnyClientMessage,
  AnyEvent,
  AnyServerMessage,
  Error as ProtocolError,
} from "./messages.gen.ts";

/** Everything that has a place in the order of its channel. */
export type Sequenced = AnyEvent | Skip;

/** What happens in a session, and in short in its workspace. */
export type SessionEvent = SessionDetail["events"][number];

const STATE_CHANNELS: ReadonlySet<string> = new Set(["metrics", "containers"]);

/** Whether `channel` carries how things are now; every other one carries events, which have positions. */
export function isStateChannel(channel: string): boolean {
  return STATE_CHANNELS.has(channel);
}

/** Whether `channel` tells what happens on the host and in Pilothouse; the others are read on screens of their own. */
export function isTimelineChannel(channel: string): boolean {
  return channel === "system";
}

export function sessionChannel(session: string): string {
  return `session:${session}`;
}

export function workspaceChannel(workspace: string): string {
  return `workspace:${workspace}`;
}
