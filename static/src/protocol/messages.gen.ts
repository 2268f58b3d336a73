// Generated from the server's message types by `make generate`. Do not edit.

/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "AnyClientMessage".
 */
export type AnyClientMessage = Subscribe | Unsubscribe | ReplayAck | Ping | ContainerAction;
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "AnyServerMessage".
 */
export type AnyServerMessage =
  | Connected
  | MissedEvents
  | Gap
  | Ack
  | Heartbeat
  | Pong
  | Error
  | ContainerAck
  | Metrics
  | Containers
  | Skip
  | ContainerCreated
  | ContainerStarted
  | ContainerExited
  | ContainerRestarted
  | ContainerPaused
  | ContainerUnpaused
  | ContainerKilled
  | ContainerOom
  | ContainerRenamed
  | ContainerHealth
  | ContainerRemoved
  | EngineUp
  | EngineDown
  | OperationRequested
  | OperationRunning
  | OperationConfirmed
  | OperationFailed
  | ServerStarted;
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "AnyEvent".
 */
export type AnyEvent =
  | ContainerCreated
  | ContainerStarted
  | ContainerExited
  | ContainerRestarted
  | ContainerPaused
  | ContainerUnpaused
  | ContainerKilled
  | ContainerOom
  | ContainerRenamed
  | ContainerHealth
  | ContainerRemoved
  | EngineUp
  | EngineDown
  | OperationRequested
  | OperationRunning
  | OperationConfirmed
  | OperationFailed
  | ServerStarted;
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Condition".
 */
export type Condition =
  | "created"
  | "dead"
  | "done"
  | "failed"
  | "healthy"
  | "paused"
  | "removing"
  | "restarting"
  | "running"
  | "starting"
  | "unhealthy";
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Action".
 */
export type Action = "kill" | "pause" | "remove" | "restart" | "start" | "stop" | "unpause";
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "OperationState".
 */
export type OperationState = "confirmed" | "failed" | "requested" | "running";

export interface Messages {
  [k: string]: unknown;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Subscribe".
 */
export interface Subscribe {
  type: "subscribe";
  id?: string | null;
  timestamp?: string | null;
  data: SubscribeData;
}
/**
 * With `since` what was missed after it is sent first; without, the channels are live from now.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "SubscribeData".
 */
export interface SubscribeData {
  /**
   * @minItems 1
   * @maxItems 64
   */
  channels: [string, ...string[]];
  since?: number | null;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Unsubscribe".
 */
export interface Unsubscribe {
  type: "unsubscribe";
  id?: string | null;
  timestamp?: string | null;
  data: UnsubscribeData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "UnsubscribeData".
 */
export interface UnsubscribeData {
  /**
   * @minItems 1
   * @maxItems 64
   */
  channels: [string, ...string[]];
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ReplayAck".
 */
export interface ReplayAck {
  type: "replay-ack";
  id?: string | null;
  timestamp?: string | null;
  data: ReplayAckData;
}
/**
 * `to` is that of the `missed_events` page being acknowledged.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ReplayAckData".
 */
export interface ReplayAckData {
  to: number;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Ping".
 */
export interface Ping {
  type: "ping";
  id?: string | null;
  timestamp?: string | null;
  data?: {
    [k: string]: string;
  } | null;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerAction".
 */
export interface ContainerAction {
  type: "container-action";
  id?: string | null;
  timestamp?: string | null;
  data: ContainerActionData;
}
/**
 * `container` is an id, an unambiguous start of one, or a name.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerActionData".
 */
export interface ContainerActionData {
  grace_s?: number | null;
  signal?: string | null;
  force?: boolean;
  volumes?: boolean;
  container: string;
  action: "kill" | "pause" | "remove" | "restart" | "start" | "stop" | "unpause";
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Connected".
 */
export interface Connected {
  type: "connected";
  timestamp: string;
  data: ConnectedData;
}
/**
 * `recovered`: everything after the client's position follows (true), cannot follow because of `reason` (false), or
 *     no position was given (null). `server_seq` is the newest event that was handed to any client, `floor_seq` the lowest
 *     position that can still be resumed from. `previous_close` says why the connection named by `previous` was cut.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ConnectedData".
 */
export interface ConnectedData {
  connection_id: string;
  epoch: string;
  server_seq: number;
  floor_seq: number;
  recovered: boolean | null;
  reason: ("ahead" | "epoch_changed" | "expired" | "too_many") | null;
  channels: {
    [k: string]: ChannelStatus;
  };
  heartbeat_s: number;
  previous_close: string | null;
  token_expires_at: string | null;
}
/**
 * `recovered` is null for a state channel and for a channel without a position to resume from.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ChannelStatus".
 */
export interface ChannelStatus {
  recovered: boolean | null;
  forbidden?: boolean;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "MissedEvents".
 */
export interface MissedEvents {
  type: "missed_events";
  timestamp: string;
  data: MissedEventsData;
}
/**
 * All events of `channels` with `from` < seq <= `to`. With `has_more` the next page follows a `replay-ack {to}`.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "MissedEventsData".
 */
export interface MissedEventsData {
  channels: string[];
  from: number;
  to: number;
  events: (
    | ContainerCreated
    | ContainerStarted
    | ContainerExited
    | ContainerRestarted
    | ContainerPaused
    | ContainerUnpaused
    | ContainerKilled
    | ContainerOom
    | ContainerRenamed
    | ContainerHealth
    | ContainerRemoved
    | EngineUp
    | EngineDown
    | OperationRequested
    | OperationRunning
    | OperationConfirmed
    | OperationFailed
    | ServerStarted
    | Skip
  )[];
  has_more: boolean;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerCreated".
 */
export interface ContainerCreated {
  type: "container.created";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
/**
 * What every container event says. `at` is the engine's own time (nanoseconds kept to microseconds), null when the
 *     change was found by a resync. `by` and `operation` are set when an operation of ours caused it.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerEventData".
 */
export interface ContainerEventData {
  engine: string;
  container: ContainerRef;
  observed: "event" | "resync";
  at: string | null;
  by?: string | null;
  operation?: string | null;
}
/**
 * A container as events name it.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerRef".
 */
export interface ContainerRef {
  id: string;
  name: string;
  image: string;
  project: string | null;
  service: string | null;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerStarted".
 */
export interface ContainerStarted {
  type: "container.started";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerExited".
 */
export interface ContainerExited {
  type: "container.exited";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerExitedData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerExitedData".
 */
export interface ContainerExitedData {
  engine: string;
  container: ContainerRef;
  observed: "event" | "resync";
  at: string | null;
  by?: string | null;
  operation?: string | null;
  exit_code: number | null;
  oom_killed?: boolean;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerRestarted".
 */
export interface ContainerRestarted {
  type: "container.restarted";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerPaused".
 */
export interface ContainerPaused {
  type: "container.paused";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerUnpaused".
 */
export interface ContainerUnpaused {
  type: "container.unpaused";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerKilled".
 */
export interface ContainerKilled {
  type: "container.killed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerKilledData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerKilledData".
 */
export interface ContainerKilledData {
  engine: string;
  container: ContainerRef;
  observed: "event" | "resync";
  at: string | null;
  by?: string | null;
  operation?: string | null;
  signal: string;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerOom".
 */
export interface ContainerOom {
  type: "container.oom";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerRenamed".
 */
export interface ContainerRenamed {
  type: "container.renamed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerRenamedData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerRenamedData".
 */
export interface ContainerRenamedData {
  engine: string;
  container: ContainerRef;
  observed: "event" | "resync";
  at: string | null;
  by?: string | null;
  operation?: string | null;
  old_name: string;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerHealth".
 */
export interface ContainerHealth {
  type: "container.health";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerHealthData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerHealthData".
 */
export interface ContainerHealthData {
  engine: string;
  container: ContainerRef;
  observed: "event" | "resync";
  at: string | null;
  by?: string | null;
  operation?: string | null;
  health: "healthy" | "starting" | "unhealthy";
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerRemoved".
 */
export interface ContainerRemoved {
  type: "container.removed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "EngineUp".
 */
export interface EngineUp {
  type: "engine.up";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: EngineUpData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "EngineUpData".
 */
export interface EngineUpData {
  engine: string;
  version: string;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "EngineDown".
 */
export interface EngineDown {
  type: "engine.down";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: EngineDownData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "EngineDownData".
 */
export interface EngineDownData {
  engine: string;
  message: string;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "OperationRequested".
 */
export interface OperationRequested {
  type: "operation.requested";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: OperationData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "OperationData".
 */
export interface OperationData {
  operation: OperationView;
}
/**
 * An action on a container from its request to its end.
 *
 *     `confirmed` means that the engine itself showed the outcome. `code` and `message` tell why it failed.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "OperationView".
 */
export interface OperationView {
  id: string;
  engine: string;
  container_id: string;
  container_name: string;
  action: "kill" | "pause" | "remove" | "restart" | "start" | "stop" | "unpause";
  state: "confirmed" | "failed" | "requested" | "running";
  by: string;
  requested_at: string;
  finished_at: string | null;
  duration_ms: number | null;
  code: string | null;
  message: string | null;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "OperationRunning".
 */
export interface OperationRunning {
  type: "operation.running";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: OperationData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "OperationConfirmed".
 */
export interface OperationConfirmed {
  type: "operation.confirmed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: OperationData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "OperationFailed".
 */
export interface OperationFailed {
  type: "operation.failed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: OperationData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ServerStarted".
 */
export interface ServerStarted {
  type: "server.started";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ServerStartedData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ServerStartedData".
 */
export interface ServerStartedData {
  version: string;
}
/**
 * An event of a subscribed channel that this client may not see: only its place in the order.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Skip".
 */
export interface Skip {
  type: "skip";
  channel: string;
  seq: number;
  prev: number;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Gap".
 */
export interface Gap {
  type: "gap";
  timestamp: string;
  data: GapData;
}
/**
 * Events of `channels` with `from` < seq <= `to` will not come: load a snapshot over REST.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "GapData".
 */
export interface GapData {
  channels: string[];
  from: number;
  to: number;
  reason: "ahead" | "expired" | "not_acknowledged" | "too_many";
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Ack".
 */
export interface Ack {
  type: "ack";
  timestamp: string;
  id: string | null;
  data: AckData;
}
/**
 * The channels of the subscription as it is now changed. They are complete after `from`.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "AckData".
 */
export interface AckData {
  channels: string[];
  from: number | null;
}
/**
 * Every event of a caught-up channel up to `seq` was sent before this.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Heartbeat".
 */
export interface Heartbeat {
  type: "heartbeat";
  timestamp: string;
  seq: number;
  data: HeartbeatData;
}
/**
 * The newest seq of each subscribed event channel.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "HeartbeatData".
 */
export interface HeartbeatData {
  heads: {
    [k: string]: number;
  };
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Pong".
 */
export interface Pong {
  type: "pong";
  timestamp: string;
  id: string | null;
  data: PongData;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "PongData".
 */
export interface PongData {}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Error".
 */
export interface Error {
  type: "error";
  timestamp: string;
  id: string | null;
  data: ErrorData;
}
/**
 * `temporary`: the same message may work later.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ErrorData".
 */
export interface ErrorData {
  code: string;
  message: string;
  temporary: boolean;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerAck".
 */
export interface ContainerAck {
  type: "container-ack";
  timestamp: string;
  id: string | null;
  data: ContainerAckData;
}
/**
 * The outcome of a `container-action`, sent once, when it is final.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerAckData".
 */
export interface ContainerAckData {
  success: boolean;
  operation: string;
  state: "confirmed" | "failed" | "requested" | "running";
  code: string | null;
  message: string | null;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Metrics".
 */
export interface Metrics {
  type: "metrics";
  timestamp: string;
  channel?: "metrics";
  data: MetricsData;
}
/**
 * One sample of the host.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "MetricsData".
 */
export interface MetricsData {
  as_of_seq: number;
  sampled_at: string;
  hostname: string;
  uptime_s: number;
  cpu: Cpu;
  memory: Memory;
  swap: Swap;
  disks: Disk[];
  network: Network;
  disk_io: DiskIo;
  temperatures: Temperature[];
}
/**
 * `percent` is of all cores together; `load` is null where the system has none.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Cpu".
 */
export interface Cpu {
  percent: number;
  per_core: number[];
  load: number[] | null;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Memory".
 */
export interface Memory {
  total: number;
  used: number;
  available: number;
  percent: number;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Swap".
 */
export interface Swap {
  total: number;
  used: number;
  percent: number;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Disk".
 */
export interface Disk {
  mount: string;
  device: string;
  fstype: string;
  total: number;
  used: number;
  percent: number;
}
/**
 * Totals over the interfaces that leave the host; `interfaces` lists them.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Network".
 */
export interface Network {
  rx_per_s: number;
  tx_per_s: number;
  interfaces: Interface[];
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Interface".
 */
export interface Interface {
  name: string;
  rx_per_s: number;
  tx_per_s: number;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "DiskIo".
 */
export interface DiskIo {
  read_per_s: number;
  write_per_s: number;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Temperature".
 */
export interface Temperature {
  sensor: string;
  celsius: number;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Containers".
 */
export interface Containers {
  type: "containers";
  timestamp: string;
  channel?: "containers";
  data: ContainersData;
}
/**
 * The list at `read_at`. It may be older than `as_of_seq` says, never newer: see docs/protocol.md.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainersData".
 */
export interface ContainersData {
  as_of_seq: number;
  read_at: string;
  engines: EngineView[];
  containers: ContainerView[];
  summary: ContainersSummary;
}
/**
 * One Docker engine. `since` is when it entered this state; `message` says what to do when it is down.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "EngineView".
 */
export interface EngineView {
  name: string;
  state: "connecting" | "down" | "up";
  since: string;
  version: string | null;
  message: string | null;
}
/**
 * One container as the list shows it. `labels` leaves out compose's own bookkeeping.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerView".
 */
export interface ContainerView {
  id: string;
  name: string;
  image: string;
  state: string;
  status: string;
  condition:
    | "created"
    | "dead"
    | "done"
    | "failed"
    | "healthy"
    | "paused"
    | "removing"
    | "restarting"
    | "running"
    | "starting"
    | "unhealthy";
  ports: Port[];
  created: string;
  engine: string;
  started_at: string | null;
  finished_at: string | null;
  health: ("healthy" | "starting" | "unhealthy") | null;
  exit_code: number | null;
  oom_killed: boolean;
  restart_count: number;
  attention: boolean;
  project: string | null;
  service: string | null;
  labels: {
    [k: string]: string;
  };
  is_self: boolean;
}
/**
 * One published or exposed port, as in the engine's list.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Port".
 */
export interface Port {
  private: number;
  protocol: string;
  public?: number | null;
  ip?: string | null;
}
/**
 * Counts over the whole list. `attention` counts unhealthy, restarting, failed and dead.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainersSummary".
 */
export interface ContainersSummary {
  total: number;
  running: number;
  paused: number;
  restarting: number;
  unhealthy: number;
  done: number;
  failed: number;
  attention: number;
}
/**
 * Every error of REST.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ErrorAnswer".
 */
export interface ErrorAnswer {
  error: ErrorBody;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ErrorBody".
 */
export interface ErrorBody {
  code: string;
  message: string;
  request_id: string;
}
/**
 * Events after the position asked for, oldest first. `next` is the `after` of the following call.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "EventsPage".
 */
export interface EventsPage {
  epoch: string;
  floor: number;
  head: number;
  next: number;
  events: (
    | ContainerCreated
    | ContainerStarted
    | ContainerExited
    | ContainerRestarted
    | ContainerPaused
    | ContainerUnpaused
    | ContainerKilled
    | ContainerOom
    | ContainerRenamed
    | ContainerHealth
    | ContainerRemoved
    | EngineUp
    | EngineDown
    | OperationRequested
    | OperationRunning
    | OperationConfirmed
    | OperationFailed
    | ServerStarted
    | Skip
  )[];
  has_more: boolean;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "OperationAnswer".
 */
export interface OperationAnswer {
  operation: OperationView;
}
/**
 * `state` is the worst of the parts that the server cannot do without.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "HealthAnswer".
 */
export interface HealthAnswer {
  state: "degraded" | "down" | "ok";
  version: string;
  uptime_s: number;
  parts: {
    [k: string]: PartHealth;
  };
}
/**
 * One part of the server. `degraded` still serves; `down` does not.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "PartHealth".
 */
export interface PartHealth {
  state: "degraded" | "down" | "ok";
  message?: string | null;
  details?: {};
}
/**
 * What `GET /ws` answers without an upgrade.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "SocketStatus".
 */
export interface SocketStatus {
  connections: number;
  channels: {
    [k: string]: number;
  };
  epoch: string;
  server_seq: number;
  floor_seq: number;
}
/**
 * Everything that is shown of one container. Environment variables are left out: they hold secrets.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "ContainerDetail".
 */
export interface ContainerDetail {
  container: ContainerView;
  all_labels: {
    [k: string]: string;
  };
  command: string[];
  entrypoint: string[];
  working_dir: string;
  user: string;
  hostname: string;
  restart_policy: string;
  networks: {
    [k: string]: string;
  };
  mounts: Mount[];
  health_log: HealthCheckResult[];
  error: string | null;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "Mount".
 */
export interface Mount {
  kind: string;
  source: string;
  target: string;
  read_only: boolean;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "HealthCheckResult".
 */
export interface HealthCheckResult {
  at: string;
  exit_code: number;
  output: string;
}
/**
 * One line of a container's output, as NDJSON. `ts` has nanoseconds, as the engine gives it.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "LogLine".
 */
export interface LogLine {
  ts: string;
  stream: "stderr" | "stdout";
  text: string;
}
/**
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "MetricsHistory".
 */
export interface MetricsHistory {
  interval_s: number;
  points: MetricsPoint[];
}
/**
 * One past sample, shortened for charts. `at` is seconds since the Unix epoch.
 *
 * This interface was referenced by `Messages`'s JSON-Schema
 * via the `definition` "MetricsPoint".
 */
export interface MetricsPoint {
  at: number;
  cpu_percent: number;
  memory_percent: number;
  rx_per_s: number;
  tx_per_s: number;
  read_per_s: number;
  write_per_s: number;
}
