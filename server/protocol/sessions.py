"""Sessions, their runs and their permissions as REST and events show them. Times are RFC 3339 UTC."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

MAX_TEXT_B = 32 * 1024
"""Of one message of a person, in UTF-8: a page of logs fits, a file is not for here."""

RunnerName = Literal["builtin", "llm", "claude"]
SessionState = Literal["open", "closed"]
RunState = Literal["queued", "running", "waiting", "stopping", "completed", "failed", "stopped"]
"""`waiting`: for a person's decision. The last three are final, and each run comes to one of them once."""
TERMINAL: frozenset[RunState] = frozenset({"completed", "failed", "stopped"})
PermissionState = Literal["pending", "allowed", "denied", "expired", "cancelled"]
Risk = Literal["read", "change", "destructive"]
Intent = Literal["status", "metrics", "logs", "diagnose", "action", "document", "human", "unknown"]
SuggestedAction = Literal["CONTINUE", "CLARIFY", "REQUEST_PERMISSION", "HANDOVER"]
Speaker = Literal["person", "assistant"]
PolicyMode = Literal["ask_always", "allow_reads", "allow_tools"]

SessionId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
# Longer ones are refused by the service, with a code of their own.
Text = Annotated[str, msgspec.Meta(max_length=2**20)]
Reason = Annotated[str, msgspec.Meta(max_length=1000)]


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a runner. `message` is the id of the message it answers, `requested_by` the principal who wrote it.
    `code` and `error` say why it failed, or how a stop really ended. `stopped_by`: who asked for that."""

    id: str
    session: str
    runner: RunnerName
    state: RunState
    message: str
    requested_by: str
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    code: str | None = None
    error: str | None = None
    stopped_by: str | None = None
    turns: int = 0
    output_b: int = 0
    cost_usd: float | None = None


class HandoverView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is wanted. `reason` is a sentence, `summary` what they need to know to take over."""

    reason: str
    summary: str
    requested_by: str
    requested_at: str


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A session in short. `run` is its newest, `pending` the number of permissions that wait, `taken_by` the person who
    answers in place of the runner, `preview` how its last message begins."""

    id: str
    workspace: str
    title: str
    runner: RunnerName
    state: SessionState
    created_by: str
    created_at: str
    updated_at: str
    messages: int = 0
    run: RunView | None = None
    pending: int = 0
    handover: HandoverView | None = None
    taken_by: str | None = None
    preview: str | None = None


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """A passage of a runbook. `coverage`: how much of the question's weight its words cover, 0 to 1."""

    document: str
    section: str
    excerpt: str
    coverage: float


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """`by` is a principal's id, or the runner's name. `partial`: its run ended in the middle of it."""

    id: str
    speaker: Speaker
    by: str
    text: str
    at: str
    run: str | None = None
    intent: Intent | None = None
    suggested_action: SuggestedAction | None = None
    sources: list[SourceView] = []
    partial: bool = False


class ToolCallView(msgspec.Struct, frozen=True, kw_only=True):
    """`title` is one line for people: the command, or the tool and what it is used on."""

    id: str
    tool: str
    title: str
    arguments: dict[str, Any]
    risk: Risk


class ToolResultView(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is cut at 16 KiB (`truncated`). `code`: why it failed."""

    call: str
    ok: bool
    text: str
    truncated: bool = False
    code: str | None = None


class PermissionView(msgspec.Struct, frozen=True, kw_only=True):
    """A run asks to do exactly `call`. `sha256` is over its tool and arguments as canonical JSON. `container_id`: the
    one it is about, at the time it was asked for."""

    id: str
    session: str
    workspace: str
    run: str
    call: ToolCallView
    sha256: str
    requested_by: str
    requested_at: str
    expires_at: str
    state: PermissionState = "pending"
    container_id: str | None = None
    container_name: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    reason: str | None = None


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent of the workspace may do without asking: nothing, reading, or reading and `tools`. `set_by` answers
    for what is done under it."""

    mode: PolicyMode
    tools: list[str] = []
    set_by: str | None = None
    set_at: str | None = None


class DeltaData(msgspec.Struct, frozen=True, kw_only=True):
    """The text so far of the message `message`, which is being written; the message itself supersedes it."""

    session: str
    run: str
    message: str
    text: str
    as_of_seq: int


# What REST takes and gives. The events of a session are in server/protocol/session_pages.py.


class RunnerView(msgspec.Struct, frozen=True, kw_only=True):
    """`label` is for people. `default`: new sessions have it when they name none."""

    name: RunnerName
    label: str
    default: bool


class RunnerList(msgspec.Struct, frozen=True):
    runners: list[RunnerView]


class SessionList(msgspec.Struct, frozen=True, kw_only=True):
    """The ones changed last come first. `next` is the `before` of the following call, null at the end."""

    as_of_seq: int
    sessions: list[SessionSummary]
    next: str | None


class NewSessionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a `workspace` it is the first in which the one who asks may take part; for who may make one and has none,
    a new one."""

    workspace: SessionId | None = None
    runner: RunnerName | None = None
    title: Title | None = None


class SessionChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: Title


class NewMessageBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text


class MessageAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """`run` is the one that answers it, null while another is under way or a person answers."""

    message: MessageView
    run: RunView | None


class CommandBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stop` the run that is under way, or `resume`: answer the last message again after one that did not complete."""

    command: Literal["stop", "resume"]


class HandoverBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ask` for a person, `take` the session, or `release` it to its runner again."""

    step: Literal["ask", "take", "release"]
    reason: Reason | None = None


class PermissionList(msgspec.Struct, frozen=True, kw_only=True):
    as_of_seq: int
    permissions: list[PermissionView]


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    decision: Literal["allow", "deny"]
    reason: Reason | None = None


class PolicyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mode: PolicyMode
    tools: Annotated[list[Annotated[str, msgspec.Meta(min_length=1, max_length=64)]], msgspec.Meta(max_length=32)] = []
