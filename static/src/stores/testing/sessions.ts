// What the server says of sessions, with only what a test cares about said.

import type {
  MessageView,
  PermissionView,
  RunView,
  SessionDetail,
  SessionSummary,
  ToolCallView,
  WorkspaceView,
} from "../../protocol/messages.gen.ts";
import { type SessionEvent, sessionChannel, workspaceChannel } from "../../protocol/wire.ts";
import { event, TIMESTAMP } from "../../realtime/testing/messages.ts";
import type { TestStores } from "./test-stores.ts";

export function runView(fields: Partial<RunView> = {}): RunView {
  return {
    id: "run-1",
    session: "s1",
    runner: "builtin",
    state: "running",
    message: "m1",
    requested_by: "ann",
    created_at: TIMESTAMP,
    started_at: TIMESTAMP,
    finished_at: null,
    code: null,
    error: null,
    stopped_by: null,
    turns: 1,
    output_b: 0,
    cost_usd: null,
    ...fields,
  };
}

export function summary(fields: Partial<SessionSummary> = {}): SessionSummary {
  return {
    id: "s1",
    workspace: "w1",
    title: "Why does web restart?",
    runner: "builtin",
    state: "open",
    created_by: "ann",
    created_at: TIMESTAMP,
    updated_at: TIMESTAMP,
    messages: 1,
    run: null,
    pending: 0,
    handover: null,
    taken_by: null,
    preview: "Why does web restart?",
    ...fields,
  };
}

export function messageView(fields: Partial<MessageView> = {}): MessageView {
  return {
    id: "m1",
    speaker: "person",
    by: "ann",
    text: "Why does web restart?",
    at: TIMESTAMP,
    run: null,
    intent: null,
    suggested_action: null,
    sources: [],
    partial: false,
    ...fields,
  };
}

export function callView(fields: Partial<ToolCallView> = {}): ToolCallView {
  return {
    id: "call-1",
    tool: "restart_container",
    title: "restart web",
    arguments: { container: "web" },
    risk: "change",
    ...fields,
  };
}

export function permissionView(fields: Partial<PermissionView> = {}): PermissionView {
  return {
    id: "p1",
    session: "s1",
    workspace: "w1",
    run: "run-1",
    call: callView(),
    sha256: "0".repeat(64),
    requested_by: "ann",
    requested_at: TIMESTAMP,
    expires_at: "2026-11-20T09:30:00.000Z",
    state: "pending",
    container_id: "web".padEnd(64, "0"),
    container_name: "web",
    decided_by: null,
    decided_at: null,
    reason: null,
    ...fields,
  };
}

export function workspaceView(fields: Partial<WorkspaceView> = {}): WorkspaceView {
  return { id: "w1", name: "Shop", created_at: TIMESTAMP, role: "owner", members: [], ...fields };
}

type Type = SessionEvent["type"];
type DataOf<T extends Type> = Extract<SessionEvent, { type: T }>["data"];

/** An event of session `s1`. `seq` counts in its channel alone: the one before it is `prev`, or `seq` less one. */
export function said<T extends Type>(type: T, seq: number, data: DataOf<T>, prev = seq - 1): SessionEvent {
  const channel = type.startsWith("workspace.") ? workspaceChannel("w1") : sessionChannel("s1");
  return event(type, data as never, { id: `${channel} ${seq}`, channel, seq, prev }) as SessionEvent;
}

export const spoken = (seq: number, fields: Partial<MessageView> = {}, prev = seq - 1): SessionEvent =>
  said("session.message", seq, { session: "s1", message: messageView({ id: `m${seq}`, ...fields }) }, prev);

export const status = (seq: number, fields: Partial<RunView> = {}, prev = seq - 1): SessionEvent =>
  said("session.status", seq, { session: "s1", run: runView(fields) }, prev);

export const inShort = (seq: number, fields: Partial<SessionSummary> = {}, type = "session.message"): SessionEvent =>
  said("workspace.session", seq, { event: type, session: summary(fields) });

export function detail(events: readonly SessionEvent[] = [], fields: Partial<SessionDetail> = {}): SessionDetail {
  return {
    as_of_seq: events.at(-1)?.seq ?? 0,
    session: summary(),
    permissions: [],
    events: [...events],
    before: null,
    delta: null,
    ...fields,
  };
}

export interface SessionsAnswers {
  sessions?: readonly SessionSummary[];
  pending?: readonly PermissionView[];
  workspaces?: readonly WorkspaceView[];
  detail?: SessionDetail;
}

/** Let REST know of sessions. What is not said is empty. */
export function answerSessions({ rest }: Pick<TestStores, "rest">, answers: SessionsAnswers = {}): void {
  const { sessions = [], pending = [], workspaces = [workspaceView()] } = answers;
  rest.answer("GET /api/v1/workspaces", { body: { workspaces } });
  rest.answer("GET /api/v1/runners", {
    body: { runners: [{ name: "builtin", label: "built-in (rules)", default: true }] },
  });
  rest.answer("GET /api/v1/sessions", { body: { as_of_seq: 0, sessions, next: null } });
  rest.answer("GET /api/v1/permissions", { body: { as_of_seq: 0, permissions: pending } });
  if (answers.detail) rest.answer("GET /api/v1/sessions/s1", { body: answers.detail });
}
