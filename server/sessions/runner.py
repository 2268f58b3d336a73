"""The port of what answers in a session, and what it may ask of the server while it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from server.errors import AppError
from server.protocol.session_events import Stage
from server.protocol.sessions import Intent, Risk, RunnerName, SourceView, SuggestedAction


class Said(msgspec.Struct, frozen=True):
    """One earlier message. `by` is a principal's id, or a runner's name."""

    speaker: Literal["person", "assistant"]
    by: str
    text: str


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What a run answers: `text`, after `history` (oldest first, the newest 50). `by` is the principal who wrote it.
    `continuation`: what this runner handed to `RunHost.permission` before the server was restarted."""

    session: str
    workspace: str
    run: str
    by: str
    text: str
    history: tuple[Said, ...] = ()
    continuation: bytes | None = None


class ToolCall(msgspec.Struct, frozen=True):
    """`id` is unique in its run, and the same when the runner asks again after a restart."""

    id: str
    tool: str
    arguments: dict[str, Any]


class ToolResult(msgspec.Struct, frozen=True):
    """What a tool gave. `text` is for a model and for people; `code` says why it failed."""

    ok: bool
    text: str
    code: str | None = None


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A tool of the server. `parameters` is a JSON Schema of its arguments. Only `read` is free."""

    name: str
    description: str
    parameters: dict[str, Any]
    risk: Risk


class Decision(msgspec.Struct, frozen=True):
    """What became of a request. Not allowed: denied, expired or cancelled, as `reason` says in a sentence."""

    allowed: bool
    permission: str
    by: str | None = None
    reason: str | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole message. It supersedes what was streamed since the one before."""

    text: str
    intent: Intent | None = None
    suggested_action: SuggestedAction | None = None
    sources: tuple[SourceView, ...] = ()


class RunFailed(AppError):
    """The run cannot go on, through no fault of the server; the message says why."""

    code = "run_failed"
    status = 502


class LimitReached(RunFailed):
    """The run used up its time, its turns, its output or its money."""

    code = "run_limit"


class ModelUnavailable(RunFailed):
    """The model does not answer, or refuses to: too slow, too many requests, an error of its own, a cut stream."""

    code = "model_unavailable"
    temporary = True


class RunHost(Protocol):
    """The server, as one run sees it. Everything is durable when it returns, but `delta`."""

    async def delta(self, text: str) -> None:
        """Add `text` to the message that is being written.

        Raises:
            LimitReached: the run has written too much.
        """
        ...

    async def reply(self, reply: Reply) -> None:
        """Say a whole message."""
        ...

    async def processing(self, stage: Stage, detail: str | None = None) -> None:
        """Tell what is being done now."""
        ...

    async def log(self, level: Literal["info", "warning", "error"], text: str) -> None: ...

    async def hand_over(self, reason: str, summary: str) -> None:
        """Ask for a person; those who watch the workspace are told."""
        ...

    def tools(self) -> Sequence[ToolSpec]:
        """The server's own tools that the run may use."""
        ...

    async def call_tool(self, call: ToolCall) -> ToolResult:
        """Run a tool of the server and show call and result. One that changes something needs a permission first: it
        is asked for here unless it was allowed already for this very call, and this waits for the answer. A refusal is
        a result, not an error. The same call after a restart is not done twice."""
        ...

    async def permission(
        self, call: ToolCall, *, title: str, risk: Risk, continuation: bytes | None = None
    ) -> Decision:
        """Ask people whether the runner may do `call` by itself, and wait as long as that takes; none of it counts as
        the run's time. Asked again for the same call it is the same request. `continuation` is kept for `Turn`: without
        one the run fails when the server is restarted meanwhile."""
        ...

    async def withdraw(self, call: str) -> None:
        """Take back what `permission` asked for the call of this id: nobody is to answer that any more. What was
        answered stays as it is."""
        ...

    async def keep(self, continuation: bytes) -> None:
        """Keep `continuation` for `Turn` from now on: to be done before `call_tool` with a tool that needs a
        permission."""
        ...

    async def use(self, permission: str, call: ToolCall) -> None:
        """Use up an allowed `permission`, just before the runner does `call` by itself.

        Raises:
            GrantInvalid: it is for something else, used already, or who allowed it may not any more.
        """
        ...

    async def show_call(self, call: ToolCall, *, title: str, risk: Risk) -> None:
        """Show a tool that the runner runs by itself."""
        ...

    async def show_result(self, call: str, result: ToolResult) -> None: ...

    def spend(self, *, turns: int = 0, cost_usd: float | None = None) -> None:
        """Count turns, and the cost so far.

        Raises:
            LimitReached: that was too much.
        """
        ...


class Runner(Protocol):
    """What answers. One object serves every session."""

    name: ClassVar[RunnerName]
    label: str

    async def start(self) -> None:
        """Make ready.

        Raises:
            StartupError: it cannot work as it is configured.
        """
        ...

    async def run(self, turn: Turn, host: RunHost) -> None:
        """Answer. Returning completes the run. Cancelled when it is stopped or has run out of time: what it began must
        have ended when the cancellation comes out, as far as it can be ended.

        Raises:
            RunFailed: it could not; anything else is a bug, logged, and fails the run as `internal`.
        """
        ...

    async def clean_up(self, run: str) -> list[str]:
        """End whatever `run` left behind, in this process' life or an earlier one, and say what is still there (process
        ids and names); called after each stop and failure, and at a start for every run that was under way."""
        ...

    async def close(self) -> None:
        """End everything."""
        ...


class GrantInvalid(AppError):
    """A permission is not good for what it is to be used for."""

    code = "grant_invalid"
    status = 409
