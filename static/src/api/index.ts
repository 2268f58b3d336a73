export { Api, type CommandOptions, type EventsQuery, type LogOptions } from "./client.ts";
export { ApiError, retryAfterMs } from "./errors.ts";
export { type AuditQuery, IdentityApi } from "./identity.ts";
export type { SessionsApi } from "./sessions.ts";
export type { ApiIo, Authority } from "./transport.ts";
