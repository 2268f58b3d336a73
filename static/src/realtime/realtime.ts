import type { ContainerAckData, ContainerActionData } from "../protocol/messages.gen.ts";
import type { Asked } from "./command-kinds.ts";
import type { ConnectionState, RealtimeEvents } from "./events.ts";
import type { Cancel } from "./io.ts";

/** The commands that are not about a container. */
export type Question = Exclude<keyof Asked, "container-action">;

/** What the rest of the page sees of the client. */
export interface Realtime {
  readonly state: ConnectionState;
  on<K extends keyof RealtimeEvents>(kind: K, listener: (value: RealtimeEvents[K]) => void): Cancel;
  /** Connect and stay connected; also what to do when the client has stopped, or to try at once. */
  connect(): void;
  disconnect(): void;
  subscribe(channels: readonly string[]): void;
  unsubscribe(channels: readonly string[]): void;
  /** Act on a container and resolve with the outcome: see `Commands.perform`. Rejects at once while offline. */
  act(data: ContainerActionData): Promise<ContainerAckData>;
  /** Ask anything else of the server, as `act` does. What failed and is asked again bears the same `id`, from `newId`. */
  ask<K extends Question>(type: K, data: Asked[K]["data"], id: string): Promise<Asked[K]["outcome"]>;
  /** A new ULID. */
  newId(): string;
  /** Show the server a newer token of the same person, before the one that the socket was opened with ends. */
  authorise(token: string): void;
}
