// What the generated file cannot say: names for parts of it, and which channel is of which kind.

import type { AnyEvent, Skip } from "./messages.gen.ts";

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

const STATE_CHANNELS: ReadonlySet<string> = new Set(["metrics", "containers"]);

/** Whether `channel` carries how things are now; every other one carries events, which have positions. */
export function isStateChannel(channel: string): boolean {
  return STATE_CHANNELS.has(channel);
}
