export { Api, ApiError, type LogOptions, retryAfterMs } from "../api/index.ts";
export type { Action, ActionOptions, AnyEvent } from "../protocol/wire.ts";
export {
  type Clock,
  CommandError,
  type ConnectionState,
  type GapReason,
  type How,
  type Stopped,
} from "../realtime/index.ts";
export {
  type ActivityItem,
  ActivityStore,
  type CaughtUpMarker as CaughtUp,
  eventsOfContainer,
  type GapMarker,
} from "./activity.ts";
export { type AuditFilter, AuditStore } from "./audit.ts";
export { createBrowserVisits } from "./browser.ts";
export { type Chip, ConnectionStore } from "./connection.ts";
export { ContainersStore } from "./containers.ts";
export { type LoadError, loadError } from "./load-error.ts";
export { MetricsStore } from "./metrics.ts";
export { type OperationStatus, OperationsStore } from "./operations.ts";
export { type Decision, PermissionsStore } from "./permissions.ts";
export { type SessionState, SessionStore } from "./session.ts";
export { isHandedOver, SessionsStore } from "./sessions.ts";
export { ConversationStore } from "./sessions-conversation.ts";
export type { Draft } from "./sessions-drafts.ts";
export { isOver } from "./sessions-events.ts";
export type { Order } from "./sessions-orders.ts";
export { createStores, type Stores } from "./stores.ts";
export { Visits } from "./visits.ts";
