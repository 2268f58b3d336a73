// Generated from the server's message types by `make generate`. Do not edit.

/**
 * Any message of the socket or body of REST, in either direction.
 */
export type Anything = AnyClientMessage | AnyServerMessage | AnyBody;
/**
 * What a client may send. Unknown types and fields are errors.
 */
export type AnyClientMessage =
  | Subscribe
  | Unsubscribe
  | ReplayAck
  | Ping
  | ContainerAction
  | Message
  | Command
  | PermissionDecision
  | Auth
  | RefreshToken;
export type Action = "start" | "stop" | "restart" | "pause" | "unpause" | "kill" | "remove";
/**
 * What the server sends. Messages may grow fields and new types may come: ignore what is not known.
 */
export type AnyServerMessage =
  | Connected
  | MissedEvents
  | Gap
  | Ack
  | Heartbeat
  | Pong
  | TokenRefreshed
  | Unsubscribed
  | Error
  | ContainerAck
  | MessageAck
  | CommandAck
  | PermissionAck
  | Delta
  | Metrics
  | Containers
  | Skip
  | AnyEvent;
export type NotRecovered = "epoch_changed" | "expired" | "ahead" | "too_many";
/**
 * A fact that happened.
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
  | ServerStarted
  | AuditRecorded
  | SessionOpened
  | SessionChanged
  | SessionMessage
  | SessionStatus
  | SessionProcessing
  | SessionToolCall
  | SessionToolResult
  | SessionPermissionRequest
  | SessionPermissionDecision
  | SessionLog
  | SessionError
  | SessionHandover
  | WorkspaceSession
  | WorkspacePolicy;
export type Observed = "event" | "resync";
export type OperationState = "requested" | "running" | "confirmed" | "failed";
export type AuditAction =
  | "setup"
  | "sign_in"
  | "sign_out"
  | "session_reused"
  | "session_revoked"
  | "password_changed"
  | "second_factor_enabled"
  | "second_factor_disabled"
  | "user_added"
  | "user_changed"
  | "user_disabled"
  | "user_enabled"
  | "token_created"
  | "token_revoked"
  | "workspace_added"
  | "member_changed"
  | "member_removed"
  | "container_action"
  | "session_closed"
  | "policy_changed"
  | "permission_requested"
  | "permission_decided"
  | "grant_used"
  | "session_taken"
  | "access";
export type AuditOutcome = "requested" | "ok" | "refused" | "failed";
export type RunnerName = "builtin" | "llm" | "claude";
export type RunState = "queued" | "running" | "waiting" | "stopping" | "completed" | "failed" | "stopped";
export type SessionChange = "title" | "closed" | "taken" | "released";
export type Intent = "status" | "metrics" | "logs" | "diagnose" | "action" | "document" | "human" | "unknown";
export type SuggestedAction = "CONTINUE" | "CLARIFY" | "REQUEST_PERMISSION" | "HANDOVER";
export type Stage = "thinking" | "reading" | "searching" | "acting";
export type Risk = "read" | "change" | "destructive";
export type PermissionState = "pending" | "allowed" | "denied" | "expired" | "cancelled";
export type PolicyMode = "ask_always" | "allow_reads" | "allow_tools";
export type Condition =
  | "running"
  | "healthy"
  | "starting"
  | "unhealthy"
  | "paused"
  | "restarting"
  | "created"
  | "removing"
  | "done"
  | "failed"
  | "dead";
/**
 * What REST takes and gives, beside events.
 */
export type AnyBody =
  | ChatAnswer
  | ChatMessageBody
  | HandoverAnalysis
  | HandoverAnalyzeBody
  | ActionOptions
  | AuditPage
  | CodeBody
  | ConfirmBody
  | LoginList
  | MemberBody
  | NewPasswordBody
  | NewServiceTokenBody
  | NewToken
  | NewTokenBody
  | NewUserBody
  | NewWorkspaceBody
  | PasswordBody
  | RecoveryCodes
  | SessionView
  | SetupBody
  | SignInBody
  | SignedIn
  | TokenList
  | TotpSetup
  | UserChangeBody
  | UserList
  | UserView
  | WorkspaceList
  | WorkspaceView
  | ErrorAnswer
  | EventsPage
  | HealthAnswer
  | OperationAnswer
  | SocketStatus
  | ErrorData
  | SessionDetail
  | TranscriptPage
  | CommandBody
  | DecisionBody
  | HandoverBody
  | MessageAccepted
  | NewMessageBody
  | NewSessionBody
  | PermissionList
  | PermissionView
  | PolicyBody
  | PolicyView
  | RunView
  | RunnerList
  | SessionChangeBody
  | SessionList
  | SessionSummary
  | ContainerDetail
  | ContainersData
  | LogLine
  | MetricsData
  | MetricsHistory;
export type MemberRole = "viewer" | "member" | "owner";
export type Role = "viewer" | "operator" | "admin";
export type Scope = "read" | "operate" | "admin";
export type Permission = "view" | "operate" | "approve" | "account" | "people" | "audit";

export interface Subscribe {
  type: "subscribe";
  id?: string | null;
  timestamp?: string | null;
  data: SubscribeData;
}
/**
 * With `since` what was missed after it is sent first; without, the channels are live from now.
 */
export interface SubscribeData {
  /**
   * @minItems 1
   * @maxItems 64
   */
  channels: [string, ...string[]];
  since?: number | null;
}
export interface Unsubscribe {
  type: "unsubscribe";
  id?: string | null;
  timestamp?: string | null;
  data: UnsubscribeData;
}
export interface UnsubscribeData {
  /**
   * @minItems 1
   * @maxItems 64
   */
  channels: [string, ...string[]];
}
export interface ReplayAck {
  type: "replay-ack";
  id?: string | null;
  timestamp?: string | null;
  data: ReplayAckData;
}
/**
 * `to` is that of the `missed_events` page being acknowledged.
 */
export interface ReplayAckData {
  to: number;
}
export interface Ping {
  type: "ping";
  id?: string | null;
  timestamp?: string | null;
  data?: {
    [k: string]: string;
  } | null;
}
export interface ContainerAction {
  type: "container-action";
  id?: string | null;
  timestamp?: string | null;
  data: ContainerActionData;
}
/**
 * `container` is an id, an unambiguous start of one, or a name.
 */
export interface ContainerActionData {
  grace_s?: number | null;
  signal?: string | null;
  force?: boolean;
  volumes?: boolean;
  container: string;
  action: Action;
}
/**
 * What a person says in a session.
 */
export interface Message {
  type: "message";
  id?: string | null;
  timestamp?: string | null;
  data: MessageData;
}
export interface MessageData {
  session: string;
  text: string;
}
export interface Command {
  type: "command";
  id?: string | null;
  timestamp?: string | null;
  data: CommandData;
}
export interface CommandData {
  command: "resume" | "stop";
  session: string;
}
export interface PermissionDecision {
  type: "permission-decision";
  id?: string | null;
  timestamp?: string | null;
  data: PermissionDecisionData;
}
export interface PermissionDecisionData {
  decision: "allow" | "deny";
  reason?: string | null;
  permission: string;
}
/**
 * The first message of such a client, within 10 s; no other comes before it, and it comes once.
 */
export interface Auth {
  type: "auth";
  id?: string | null;
  timestamp?: string | null;
  data: AuthData;
}
/**
 * Who a client is that could not say so in its handshake; the rest is what the address could have said.
 */
export interface AuthData {
  token: string;
  channels?: [string, ...string[]] | null;
  last_seq?: number | null;
  epoch?: string | null;
  previous?: string | null;
}
export interface RefreshToken {
  type: "refresh_token";
  id?: string | null;
  timestamp?: string | null;
  data: RefreshTokenData;
}
/**
 * A newer access token of the same person, from the same sign-in.
 */
export interface RefreshTokenData {
  token: string;
}
export interface Connected {
  type: "connected";
  timestamp: string;
  data: ConnectedData;
}
/**
 * `recovered`: everything after the client's position follows (true), cannot follow because of `reason` (false), or no position was given (null). `server_seq` is the newest event that was handed to any client, `floor_seq` the lowest position that can still be resumed from. `previous_close` says why the connection named by `previous` was cut.
 */
export interface ConnectedData {
  connection_id: string;
  epoch: string;
  server_seq: number;
  floor_seq: number;
  recovered: boolean | null;
  reason: NotRecovered | null;
  channels: {
    [k: string]: ChannelStatus;
  };
  heartbeat_s: number;
  previous_close: string | null;
  token_expires_at: string | null;
}
/**
 * `recovered` is null for a state channel and for a channel without a position to resume from.
 */
export interface ChannelStatus {
  recovered: boolean | null;
  forbidden?: boolean;
}
export interface MissedEvents {
  type: "missed_events";
  timestamp: string;
  data: MissedEventsData;
}
/**
 * All events of `channels` with `from` < seq <= `to`. With `has_more` the next page follows a `replay-ack {to}`.
 */
export interface MissedEventsData {
  channels: string[];
  from: number;
  to: number;
  events: (Skip | AnyEvent)[];
  has_more: boolean;
}
/**
 * An event of a subscribed channel that this client may not see: only its place in the order.
 */
export interface Skip {
  type: "skip";
  channel: string;
  seq: number;
  prev: number;
}
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
 * What every container event says. `at` is the engine's own time (nanoseconds kept to microseconds), null when the change was found by a resync. `by` and `operation` are set when an operation of ours caused it.
 */
export interface ContainerEventData {
  engine: string;
  container: ContainerRef;
  observed: Observed;
  at: string | null;
  by: string | null;
  operation: string | null;
}
/**
 * A container as events name it.
 */
export interface ContainerRef {
  id: string;
  name: string;
  image: string;
  project: string | null;
  service: string | null;
}
export interface ContainerStarted {
  type: "container.started";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
export interface ContainerExited {
  type: "container.exited";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerExitedData;
}
export interface ContainerExitedData {
  engine: string;
  container: ContainerRef;
  observed: Observed;
  at: string | null;
  by: string | null;
  operation: string | null;
  exit_code: number | null;
  oom_killed: boolean;
}
export interface ContainerRestarted {
  type: "container.restarted";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
export interface ContainerPaused {
  type: "container.paused";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
export interface ContainerUnpaused {
  type: "container.unpaused";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
export interface ContainerKilled {
  type: "container.killed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerKilledData;
}
export interface ContainerKilledData {
  engine: string;
  container: ContainerRef;
  observed: Observed;
  at: string | null;
  by: string | null;
  operation: string | null;
  signal: string;
}
export interface ContainerOom {
  type: "container.oom";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
export interface ContainerRenamed {
  type: "container.renamed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerRenamedData;
}
export interface ContainerRenamedData {
  engine: string;
  container: ContainerRef;
  observed: Observed;
  at: string | null;
  by: string | null;
  operation: string | null;
  old_name: string;
}
export interface ContainerHealth {
  type: "container.health";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerHealthData;
}
export interface ContainerHealthData {
  engine: string;
  container: ContainerRef;
  observed: Observed;
  at: string | null;
  by: string | null;
  operation: string | null;
  health: "healthy" | "starting" | "unhealthy";
}
export interface ContainerRemoved {
  type: "container.removed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ContainerEventData;
}
export interface EngineUp {
  type: "engine.up";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: EngineUpData;
}
export interface EngineUpData {
  engine: string;
  version: string;
}
export interface EngineDown {
  type: "engine.down";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: EngineDownData;
}
export interface EngineDownData {
  engine: string;
  message: string;
}
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
 * An operation and how it was asked for: the id of the `command`, the `target` as it was given, the `options`. `before` is when the container had last been started, as the engine knew it when the action was sent.
 */
export interface OperationData {
  operation: OperationView;
  command: string | null;
  target: string | null;
  options: ActionOptions | null;
  before: string | null;
}
/**
 * An action on a container from its request to its end. `confirmed` means that the engine itself showed the outcome. `code` and `message` tell why it failed.
 */
export interface OperationView {
  id: string;
  engine: string;
  container_id: string;
  container_name: string;
  action: Action;
  state: OperationState;
  by: string;
  requested_at: string;
  finished_at: string | null;
  duration_ms: number | null;
  code: string | null;
  message: string | null;
}
/**
 * `grace_s`: time to end before the engine kills it (stop, restart). `signal`: what to kill with (kill). `force`: also when it runs (remove), or when it is Pilothouse itself. `volumes`: its anonymous volumes too (remove).
 */
export interface ActionOptions {
  grace_s?: number | null;
  signal?: string | null;
  force?: boolean;
  volumes?: boolean;
}
export interface OperationRunning {
  type: "operation.running";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: OperationData;
}
export interface OperationConfirmed {
  type: "operation.confirmed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: OperationData;
}
export interface OperationFailed {
  type: "operation.failed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: OperationData;
}
export interface ServerStarted {
  type: "server.started";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: ServerStartedData;
}
export interface ServerStartedData {
  version: string;
}
/**
 * `chain`: the hash over this and, through its predecessor's, over everything before it, in hexadecimal.
 */
export interface AuditRecorded {
  type: "audit.recorded";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: AuditData;
  chain: string;
}
/**
 * Who did what to what, from where, and how it ended. `actor` is a principal's id, or the name that somebody gave who was not let in; null where not even that is known. `code` is that of the refusal or failure. `detail` is what else there is to say, without any secret. `repeated`: how many more of the same were left out just before this.
 */
export interface AuditData {
  actor: string | null;
  action: AuditAction;
  outcome: AuditOutcome;
  target: string | null;
  address: string | null;
  agent: string | null;
  code: string | null;
  detail: {
    [k: string]: string;
  };
  repeated: number;
}
export interface SessionOpened {
  type: "session.opened";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionOpenedData;
}
export interface SessionOpenedData {
  session: SessionSummary;
}
/**
 * A session in short. `run` is its newest, `pending` the number of permissions that wait, `taken_by` the person who answers in place of the runner, `preview` how its last message begins.
 */
export interface SessionSummary {
  id: string;
  workspace: string;
  title: string;
  runner: RunnerName;
  state: "closed" | "open";
  created_by: string;
  created_at: string;
  updated_at: string;
  messages: number;
  run: RunView | null;
  pending: number;
  handover: HandoverView | null;
  taken_by: string | null;
  preview: string | null;
}
/**
 * One answer of a runner. `message` is the id of the message it answers, `requested_by` the principal who wrote it. `code` and `error` say why it failed, or how a stop really ended. `stopped_by`: who asked for that.
 */
export interface RunView {
  id: string;
  session: string;
  runner: RunnerName;
  state: RunState;
  message: string;
  requested_by: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  code: string | null;
  error: string | null;
  stopped_by: string | null;
  turns: number;
  output_b: number;
  cost_usd: number | null;
}
/**
 * Somebody is wanted. `reason` is a sentence, `summary` what they need to know to take over.
 */
export interface HandoverView {
  reason: string;
  summary: string;
  requested_by: string;
  requested_at: string;
}
export interface SessionChanged {
  type: "session.changed";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionChangedData;
}
export interface SessionChangedData {
  session: string;
  change: SessionChange;
  by: string;
  title: string | null;
}
export interface SessionMessage {
  type: "session.message";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionMessageData;
}
export interface SessionMessageData {
  session: string;
  message: MessageView;
}
/**
 * `by` is a principal's id, or the runner's name. `partial`: its run ended in the middle of it.
 */
export interface MessageView {
  id: string;
  speaker: "assistant" | "person";
  by: string;
  text: string;
  at: string;
  run: string | null;
  intent: Intent | null;
  suggested_action: SuggestedAction | null;
  sources: SourceView[];
  partial: boolean;
}
/**
 * A passage of a runbook. `coverage`: how much of the question's weight its words cover, 0 to 1.
 */
export interface SourceView {
  document: string;
  section: string;
  excerpt: string;
  coverage: number;
}
export interface SessionStatus {
  type: "session.status";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionStatusData;
}
export interface SessionStatusData {
  session: string;
  run: RunView;
}
export interface SessionProcessing {
  type: "session.processing";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionProcessingData;
}
/**
 * What a run does now. `detail` is a few words: a container's name, a tool.
 */
export interface SessionProcessingData {
  session: string;
  run: string;
  stage: Stage;
  detail: string | null;
}
export interface SessionToolCall {
  type: "session.tool_call";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionToolCallData;
}
export interface SessionToolCallData {
  session: string;
  run: string;
  call: ToolCallView;
}
/**
 * `title` is one line for people: the command, or the tool and what it is used on.
 */
export interface ToolCallView {
  id: string;
  tool: string;
  title: string;
  arguments: {
    [k: string]: unknown;
  };
  risk: Risk;
}
export interface SessionToolResult {
  type: "session.tool_result";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionToolResultData;
}
export interface SessionToolResultData {
  session: string;
  run: string;
  result: ToolResultView;
}
/**
 * `text` is cut at 16 KiB (`truncated`). `code`: why it failed.
 */
export interface ToolResultView {
  call: string;
  ok: boolean;
  text: string;
  truncated: boolean;
  code: string | null;
}
export interface SessionPermissionRequest {
  type: "session.permission_request";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionPermissionData;
}
/**
 * The request as it is now; a request that comes again has more time.
 */
export interface SessionPermissionData {
  session: string;
  permission: PermissionView;
}
/**
 * A run asks to do exactly `call`. `sha256` is over its tool and arguments as canonical JSON. `container_id`: the one it is about, at the time it was asked for.
 */
export interface PermissionView {
  id: string;
  session: string;
  workspace: string;
  run: string;
  call: ToolCallView;
  sha256: string;
  requested_by: string;
  requested_at: string;
  expires_at: string;
  state: PermissionState;
  container_id: string | null;
  container_name: string | null;
  decided_by: string | null;
  decided_at: string | null;
  reason: string | null;
}
export interface SessionPermissionDecision {
  type: "session.permission_decision";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionPermissionData;
}
export interface SessionLog {
  type: "session.log";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionLogData;
}
export interface SessionLogData {
  session: string;
  run: string | null;
  level: "error" | "info" | "warning";
  text: string;
}
export interface SessionError {
  type: "session.error";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionErrorData;
}
export interface SessionErrorData {
  session: string;
  run: string | null;
  code: string;
  message: string;
  temporary: boolean;
}
export interface SessionHandover {
  type: "session.handover";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: SessionHandoverData;
}
export interface SessionHandoverData {
  session: string;
  handover: HandoverView;
}
export interface WorkspaceSession {
  type: "workspace.session";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: WorkspaceSessionData;
}
/**
 * `event` is the type of what changed the session.
 */
export interface WorkspaceSessionData {
  event: string;
  session: SessionSummary;
}
export interface WorkspacePolicy {
  type: "workspace.policy";
  id: string;
  channel: string;
  seq: number;
  prev: number;
  timestamp: string;
  data: WorkspacePolicyData;
}
export interface WorkspacePolicyData {
  workspace: string;
  policy: PolicyView;
}
/**
 * What an agent of the workspace may do without asking: nothing, reading, or reading and `tools`. `set_by` answers for what is done under it.
 */
export interface PolicyView {
  mode: PolicyMode;
  tools: string[];
  set_by: string | null;
  set_at: string | null;
}
export interface Gap {
  type: "gap";
  timestamp: string;
  data: GapData;
}
/**
 * Events of `channels` with `from` < seq <= `to` will not come: load a snapshot over REST.
 */
export interface GapData {
  channels: string[];
  from: number;
  to: number;
  reason: "ahead" | "expired" | "not_acknowledged" | "too_many";
}
export interface Ack {
  type: "ack";
  timestamp: string;
  id: string | null;
  data: AckData;
}
/**
 * The channels of the subscription as it is now changed. They are complete after `from`.
 */
export interface AckData {
  channels: string[];
  from: number | null;
}
/**
 * Every event of a caught-up channel up to `seq` was sent before this.
 */
export interface Heartbeat {
  type: "heartbeat";
  timestamp: string;
  seq: number;
  data: HeartbeatData;
}
/**
 * The newest seq of each subscribed event channel.
 */
export interface HeartbeatData {
  heads: {
    [k: string]: number;
  };
}
export interface Pong {
  type: "pong";
  timestamp: string;
  id: string | null;
  data: PongData;
}
export interface PongData {}
/**
 * The answer to `refresh_token`.
 */
export interface TokenRefreshed {
  type: "token_refreshed";
  timestamp: string;
  id: string | null;
  data: TokenRefreshedData;
}
/**
 * The connection ends 25 s after this time unless it is refreshed again; null: never.
 */
export interface TokenRefreshedData {
  token_expires_at: string | null;
}
export interface Unsubscribed {
  type: "unsubscribed";
  timestamp: string;
  data: UnsubscribedData;
}
/**
 * Channels that this client may not hear any more. `permission`: its role, membership or scope has changed.
 */
export interface UnsubscribedData {
  channels: string[];
  reason: "permission";
}
export interface Error {
  type: "error";
  timestamp: string;
  id: string | null;
  data: ErrorData;
}
/**
 * `temporary`: the same message may work later.
 */
export interface ErrorData {
  code: string;
  message: string;
  temporary: boolean;
}
export interface ContainerAck {
  type: "container-ack";
  timestamp: string;
  id: string | null;
  data: ContainerAckData;
}
/**
 * The outcome of a `container-action`, sent once, when it is final.
 */
export interface ContainerAckData {
  success: boolean;
  operation: string;
  state: OperationState;
  code: string | null;
  message: string | null;
}
/**
 * The answer to `message`: it is in the session.
 */
export interface MessageAck {
  type: "message-ack";
  timestamp: string;
  id: string | null;
  data: MessageAccepted;
}
/**
 * `run` is the one that answers it, null while another is under way or a person answers.
 */
export interface MessageAccepted {
  message: MessageView;
  run: RunView | null;
}
/**
 * The answer to `command`: the run as it is once the command took effect; a stopped one has ended.
 */
export interface CommandAck {
  type: "command-ack";
  timestamp: string;
  id: string | null;
  data: CommandAckData;
}
export interface CommandAckData {
  run: RunView;
}
/**
 * The answer to `permission-decision`.
 */
export interface PermissionAck {
  type: "permission-ack";
  timestamp: string;
  id: string | null;
  data: PermissionAckData;
}
export interface PermissionAckData {
  permission: PermissionView;
}
/**
 * The message that a run is writing: a state, sent at most ten times a second, and never part of the log.
 */
export interface Delta {
  type: "delta";
  timestamp: string;
  channel: string;
  data: DeltaData;
}
/**
 * The text so far of the message `message`, which is being written; the message itself supersedes it.
 */
export interface DeltaData {
  session: string;
  run: string;
  message: string;
  text: string;
  as_of_seq: number;
}
export interface Metrics {
  type: "metrics";
  timestamp: string;
  channel: "metrics";
  data: MetricsData;
}
/**
 * One sample of the host.
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
 */
export interface Cpu {
  percent: number;
  per_core: number[];
  load: number[] | null;
}
export interface Memory {
  total: number;
  used: number;
  available: number;
  percent: number;
}
export interface Swap {
  total: number;
  used: number;
  percent: number;
}
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
 */
export interface Network {
  rx_per_s: number;
  tx_per_s: number;
  interfaces: Interface[];
}
export interface Interface {
  name: string;
  rx_per_s: number;
  tx_per_s: number;
}
export interface DiskIo {
  read_per_s: number;
  write_per_s: number;
}
export interface Temperature {
  sensor: string;
  celsius: number;
}
export interface Containers {
  type: "containers";
  timestamp: string;
  channel: "containers";
  data: ContainersData;
}
/**
 * The list at `read_at`. It may be older than `as_of_seq` says, never newer: see docs/protocol.md.
 */
export interface ContainersData {
  as_of_seq: number;
  read_at: string;
  engines: EngineView[];
  containers: ContainerView[];
  summary: ContainersSummary;
}
/**
 * One Docker engine. `since` is when it entered this state. When it is down, `code` is the error's and `message` says what to do.
 */
export interface EngineView {
  name: string;
  state: "connecting" | "down" | "up";
  since: string;
  version: string | null;
  code: string | null;
  message: string | null;
}
/**
 * One container as the list shows it. `labels` leaves out compose's own bookkeeping.
 */
export interface ContainerView {
  id: string;
  name: string;
  image: string;
  state: string;
  status: string;
  condition: Condition;
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
 */
export interface Port {
  private: number;
  protocol: string;
  public: number | null;
  ip: string | null;
}
/**
 * Counts over the whole list. `attention` counts the containers that have it set: unhealthy, restarting or just restarted by its policy, failed (but for one-off runs) and dead.
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
 * `ai_message` is empty, and `suggested_action` HANDOVER, where a person answers in this session.
 */
export interface ChatAnswer {
  ai_message: string;
  intent: Intent;
  suggested_action: SuggestedAction;
  source_documents: SourceView[];
}
export interface ChatMessageBody {
  session_id: string;
  user_message: string;
}
/**
 * Whether a person should take over, why, and what they need to know for it.
 */
export interface HandoverAnalysis {
  session_id: string;
  handover: boolean;
  reason: string;
  summary: string;
  intent: Intent;
  suggested_action: SuggestedAction;
}
export interface HandoverAnalyzeBody {
  session_id: string;
}
/**
 * Newest first. `next` is the `before` of the following call, null at the end.
 */
export interface AuditPage {
  entries: AuditEntry[];
  next: number | null;
}
/**
 * One line of the audit trail. `chain` is its hash, which covers the one before it.
 */
export interface AuditEntry {
  seq: number;
  timestamp: string;
  data: AuditData;
  chain: string;
}
export interface CodeBody {
  code: string;
}
/**
 * One's own password, asked for again before what protects the account is changed; absent for an account without one.
 */
export interface ConfirmBody {
  password?: string | null;
}
export interface LoginList {
  logins: LoginView[];
}
/**
 * One sign-in that is still good. `current` is the one that asks.
 */
export interface LoginView {
  id: string;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  address: string | null;
  agent: string | null;
  current: boolean;
}
export interface MemberBody {
  role: MemberRole;
}
export interface NewPasswordBody {
  password: string;
}
/**
 * A token of nobody, for a program. Without `scopes` it may do all that `role` may.
 */
export interface NewServiceTokenBody {
  name: string;
  role: Role;
  scopes?: [Scope] | [Scope, Scope] | [Scope, Scope, Scope] | null;
  days?: number | null;
}
/**
 * `token` is shown now and never again.
 */
export interface NewToken {
  token: string;
  view: TokenView;
}
/**
 * `user` is the owner, null for a token of nobody. `last_used_at` is exact to some minutes.
 */
export interface TokenView {
  id: string;
  name: string;
  user: string | null;
  role: Role;
  scopes: Scope[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}
/**
 * A token of one's own: its role is the owner's, narrowed by `scopes`.
 */
export interface NewTokenBody {
  name: string;
  /**
   * @minItems 1
   * @maxItems 3
   */
  scopes: [Scope] | [Scope, Scope] | [Scope, Scope, Scope];
  days?: number | null;
}
export interface NewUserBody {
  name: string;
  role: Role;
  password: string;
  /**
   * @maxItems 16
   */
  labels?:
    | []
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string, string, string]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ];
}
export interface NewWorkspaceBody {
  name: string;
}
export interface PasswordBody {
  current: string;
  new: string;
}
/**
 * Each works once instead of a code. They are shown now and never again.
 */
export interface RecoveryCodes {
  codes: string[];
}
/**
 * Who the browser is signed in as, and what the interface may offer. `user` is null for nobody, for a token of nobody, and with AUTH=off. `expires_at` is when the access token ends. `oidc`: what the button of the provider is called, null without one. `setup`: there is no account yet.
 */
export interface SessionView {
  auth: "off" | "on";
  signed_in: boolean;
  user: SessionUser | null;
  login: string | null;
  permissions: Permission[];
  expires_at: string | null;
  read_only: boolean;
  setup: boolean;
  oidc: string | null;
}
/**
 * `password`: the account has one, so it can be changed here. `labels`: only containers with these are shown.
 */
export interface SessionUser {
  name: string;
  role: Role;
  labels: string[];
  password: boolean;
  second_factor: boolean;
}
/**
 * `token` is in the link that the server printed.
 */
export interface SetupBody {
  token: string;
  name: string;
  password: string;
}
/**
 * `code`: of the second factor, or a recovery code, once `second_factor_required` asked for it.
 */
export interface SignInBody {
  name: string;
  password: string;
  code?: string | null;
}
/**
 * The same access token is in a cookie; here it is for `refresh_token` on the socket and for programs.
 */
export interface SignedIn {
  access_token: string;
  expires_at: string;
  session: SessionView;
}
export interface TokenList {
  tokens: TokenView[];
}
/**
 * What an authenticator app takes. `qr` is the same `uri` as an SVG document. Not in force until confirmed.
 */
export interface TotpSetup {
  secret: string;
  uri: string;
  qr: string;
}
/**
 * What is absent stays as it is.
 */
export interface UserChangeBody {
  role?: Role | null;
  labels?:
    | []
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string, string, string]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | null;
  disabled?: boolean | null;
}
export interface UserList {
  users: UserView[];
}
/**
 * An account. `oidc`: it signs in through the provider.
 */
export interface UserView {
  name: string;
  role: Role;
  labels: string[];
  disabled: boolean;
  password: boolean;
  second_factor: boolean;
  oidc: boolean;
  created_at: string;
  last_seen_at: string | null;
  logins: number;
}
export interface WorkspaceList {
  workspaces: WorkspaceView[];
}
/**
 * `role` is that of the one who asks, null for an administrator who is no member.
 */
export interface WorkspaceView {
  id: string;
  name: string;
  created_at: string;
  role: MemberRole | null;
  members: MemberView[];
}
export interface MemberView {
  user: string;
  role: MemberRole;
}
/**
 * Every error of REST.
 */
export interface ErrorAnswer {
  error: ErrorBody;
}
export interface ErrorBody {
  code: string;
  message: string;
  request_id: string;
}
/**
 * Events after the position asked for, oldest first. `next` is the `after` of the following call.
 */
export interface EventsPage {
  epoch: string;
  floor: number;
  head: number;
  next: number;
  events: (Skip | AnyEvent)[];
  has_more: boolean;
}
/**
 * `state` is the worst of the parts that the server cannot do without. Who may not look gets that alone.
 */
export interface HealthAnswer {
  state: "degraded" | "down" | "ok";
  version: string | null;
  uptime_s: number | null;
  parts: {
    [k: string]: PartHealth;
  };
}
/**
 * One part of the server. `degraded` still serves; `down` does not.
 */
export interface PartHealth {
  state: "degraded" | "down" | "ok";
  message: string | null;
  details: {
    [k: string]: unknown;
  };
}
export interface OperationAnswer {
  operation: OperationView;
}
/**
 * What `GET /ws` answers without an upgrade.
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
 * A session as it is at `as_of_seq`, and the newest of its events, oldest first. `before` is what to ask the page before them with, null when these are all. `delta`: the message that is being written.
 */
export interface SessionDetail {
  as_of_seq: number;
  session: SessionSummary;
  permissions: PermissionView[];
  events: (
    | SessionOpened
    | SessionChanged
    | SessionMessage
    | SessionStatus
    | SessionProcessing
    | SessionToolCall
    | SessionToolResult
    | SessionPermissionRequest
    | SessionPermissionDecision
    | SessionLog
    | SessionError
    | SessionHandover
    | WorkspaceSession
    | WorkspacePolicy
  )[];
  before: number | null;
  delta: DeltaData | null;
}
/**
 * Events of a session with seq < the `before` that was asked for, oldest first.
 */
export interface TranscriptPage {
  events: (
    | SessionOpened
    | SessionChanged
    | SessionMessage
    | SessionStatus
    | SessionProcessing
    | SessionToolCall
    | SessionToolResult
    | SessionPermissionRequest
    | SessionPermissionDecision
    | SessionLog
    | SessionError
    | SessionHandover
    | WorkspaceSession
    | WorkspacePolicy
  )[];
  before: number | null;
}
/**
 * `stop` the run that is under way, or `resume`: answer the last message again after one that did not complete.
 */
export interface CommandBody {
  command: "resume" | "stop";
}
export interface DecisionBody {
  decision: "allow" | "deny";
  reason?: string | null;
}
/**
 * `ask` for a person, `take` the session, or `release` it to its runner again.
 */
export interface HandoverBody {
  step: "ask" | "release" | "take";
  reason?: string | null;
}
export interface NewMessageBody {
  text: string;
}
/**
 * Without a `workspace` it is the first in which the one who asks may take part; for who may make one and has none, a new one.
 */
export interface NewSessionBody {
  workspace?: string | null;
  runner?: RunnerName | null;
  title?: string | null;
}
export interface PermissionList {
  as_of_seq: number;
  permissions: PermissionView[];
}
export interface PolicyBody {
  mode: PolicyMode;
  /**
   * @maxItems 32
   */
  tools?: string[];
}
export interface RunnerList {
  runners: RunnerView[];
}
/**
 * `label` is for people. `default`: new sessions have it when they name none.
 */
export interface RunnerView {
  name: RunnerName;
  label: string;
  default: boolean;
}
export interface SessionChangeBody {
  title: string;
}
/**
 * The ones changed last come first. `next` is the `before` of the following call, null at the end.
 */
export interface SessionList {
  as_of_seq: number;
  sessions: SessionSummary[];
  next: string | null;
}
/**
 * Everything that is shown of one container. Environment variables are left out: they hold secrets.
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
export interface Mount {
  kind: string;
  source: string;
  target: string;
  read_only: boolean;
}
export interface HealthCheckResult {
  at: string;
  exit_code: number;
  output: string;
}
/**
 * One line of a container's output, as NDJSON. `ts` has nanoseconds, as the engine gives it.
 */
export interface LogLine {
  ts: string;
  stream: "stderr" | "stdout";
  text: string;
}
export interface MetricsHistory {
  interval_s: number;
  points: MetricsPoint[];
}
/**
 * One past sample, shortened for charts. `at` is seconds since the Unix epoch.
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
