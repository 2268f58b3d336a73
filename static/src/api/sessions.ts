import type {
  CommandBody,
  DecisionBody,
  HandoverBody,
  MessageAccepted,
  NewSessionBody,
  PermissionList,
  PermissionView,
  PolicyBody,
  PolicyView,
  RunnerList,
  RunView,
  SessionDetail,
  SessionList,
  SessionSummary,
  TranscriptPage,
} from "../protocol/messages.gen.ts";
import type { Transport } from "./transport.ts";

const SESSIONS = "/api/v1/sessions";
// A stop is answered once it is verified, whose steps may take most of a minute.
const COMMAND_MS = 60_000;

export interface SessionsQuery {
  workspace?: string;
  state?: "open" | "closed";
  /** The `next` of the page before. */
  before?: string;
  limit?: number;
}

/** The part of REST that is about sessions. Rejects as `Transport` does. A `key` is a ULID, the same for each resend. */
export class SessionsApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  runners(signal?: AbortSignal): Promise<RunnerList> {
    return this.#transport.json("/api/v1/runners", { signal });
  }

  list(query: SessionsQuery = {}, signal?: AbortSignal): Promise<SessionList> {
    return this.#transport.json(SESSIONS, { query: { ...query }, signal });
  }

  open(body: NewSessionBody, key: string): Promise<SessionSummary> {
    return this.#transport.json(SESSIONS, { method: "POST", body, headers: { "Idempotency-Key": key } });
  }

  /** The session as it is, with the newest `limit` of its events. */
  detail(id: string, limit: number, signal?: AbortSignal): Promise<SessionDetail> {
    return this.#transport.json(session(id), { query: { limit }, signal });
  }

  rename(id: string, title: string): Promise<SessionSummary> {
    return this.#transport.json(session(id), { method: "PATCH", body: { title } });
  }

  /** It can be read afterwards, and nothing can be said in it any more. */
  close(id: string): Promise<SessionSummary> {
    return this.#transport.json(session(id), { method: "DELETE" });
  }

  /** Events with seq < `before`. */
  events(id: string, before: number, limit: number, signal?: AbortSignal): Promise<TranscriptPage> {
    return this.#transport.json(`${session(id)}/events`, { query: { before, limit }, signal });
  }

  say(id: string, text: string, key: string): Promise<MessageAccepted> {
    return this.#transport.json(`${session(id)}/messages`, {
      method: "POST",
      body: { text },
      headers: { "Idempotency-Key": key },
    });
  }

  command(id: string, command: CommandBody["command"], key: string): Promise<RunView> {
    return this.#transport.json(`${session(id)}/command`, {
      method: "POST",
      body: { command },
      headers: { "Idempotency-Key": key },
      timeoutMs: COMMAND_MS,
    });
  }

  handover(id: string, body: HandoverBody): Promise<SessionSummary> {
    return this.#transport.json(`${session(id)}/handover`, { method: "POST", body });
  }

  /** What waits for somebody to decide. */
  pending(signal?: AbortSignal): Promise<PermissionList> {
    return this.#transport.json("/api/v1/permissions", { query: { state: "pending" }, signal });
  }

  decide(id: string, body: DecisionBody, key: string): Promise<PermissionView> {
    return this.#transport.json(permission(id), { method: "POST", body, headers: { "Idempotency-Key": key } });
  }

  /** Give it more time. */
  extend(id: string): Promise<PermissionView> {
    return this.#transport.json(`${permission(id)}/extend`, { method: "POST" });
  }

  policy(workspace: string, signal?: AbortSignal): Promise<PolicyView> {
    return this.#transport.json(policy(workspace), { signal });
  }

  setPolicy(workspace: string, body: PolicyBody): Promise<PolicyView> {
    return this.#transport.json(policy(workspace), { method: "PUT", body });
  }
}

function session(id: string): string {
  return `${SESSIONS}/${encodeURIComponent(id)}`;
}

function permission(id: string): string {
  return `/api/v1/permissions/${encodeURIComponent(id)}`;
}

function policy(workspace: string): string {
  return `/api/v1/workspaces/${encodeURIComponent(workspace)}/policy`;
}
