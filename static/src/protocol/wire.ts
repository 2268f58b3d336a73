// Names for what the generated file only spells out: unions of messages and the word lists inside them.

import type {
  Ack,
  Connected,
  ContainerAck,
  ContainerAction,
  ContainerActionData,
  Containers,
  EventsPage,
  Gap,
  Heartbeat,
  Metrics,
  MissedEvents,
  Ping,
  Pong,
  Error as ProtocolError,
  ReplayAck,
  Skip,
  Subscribe,
  Unsubscribe,
} from "./messages.gen.ts";

export type { ProtocolError };

/** Everything that has a place in the order of its channel. */
export type Sequenced = EventsPage["events"][number];
export type AnyEvent = Exclude<Sequenced, Skip>;

export type AnyServerMessage =
  | Connected
  | MissedEvents
  | Gap
  | Ack
  | Heartbeat
  | Pong
  | ProtocolError
  | ContainerAck
  | Metrics
  | Containers
  | Sequenced;

export type AnyClientMessage = Subscribe | Unsubscribe | ReplayAck | Ping | ContainerAction;

export type Action = ContainerActionData["action"];

/** What may be said with an action: time to end (s), signal, force, anonymous volumes too. */
export type ActionOptions = Omit<ContainerActionData, "container" | "action">;

const STATE_CHANNELS: ReadonlySet<string> = new Set(["metrics", "containers"]);

/** Whether `channel` carries how things are now; every other one carries events, which have positions. */
export function isStateChannel(channel: string): boolean {
  return STATE_CHANNELS.has(channel);
}
