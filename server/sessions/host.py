"""The server, as one run sees it: what it says is made durable, what it wants to do is asked for and checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal

from server.clock import rfc3339
from server.errors import AppError, StorageUnavailable
from server.protocol.session_events import (
    SessionHandoverData,
    SessionLogData,
    SessionProcessingData,
    SessionToolCallData,
    SessionToolResultData,
    Stage,
)
from server.protocol.sessions import HandoverView, Risk, SessionSummary, ToolCallView, ToolResultView
from server.sessions import policies
from server.sessions.backing import Backing
from server.sessions.calls import Calls
from server.sessions.errors import SessionFull
from server.sessions.grants import canonical
from server.sessions.lengths import clean, cut
from server.sessions.limits import Budget
from server.sessions.record import Record
from server.sessions.runner import Decision, Reply, RunFailed, ToolCall, ToolResult, ToolSpec
from server.sessions.streamer import Streamer
from server.sessions.tools.errors import InvalidArguments
from server.sessions.whole import whole
from server.tasks import Tasks

MAX_RESULT_B = 16 * 1024
"""Of a tool's result, or of one line for the log, in UTF-8: who wants all of it has the runner read it in parts."""

MAX_TITLE = 200
"""Characters of a call's line for people."""


class Host:
    """The `RunHost` of one run. Whoever calls it is cancelled, if so, when what was begun is done."""

    def __init__(self, record: Record, streamer: Streamer, budget: Budget, backing: Backing, tasks: Tasks) -> None:
        self._record = record
        self._streamer = streamer
        self._budget = budget
        self._backing = backing
        self._tasks = tasks
        self._store = backing.store
        self.calls = Calls(self, backing)
        self._replying = asyncio.Lock()
        self._asking: set[asyncio.Task[Any]] = set()
        self._waits = 0
        self._doing: tuple[Stage, str | None] | None = None
        self._called_people = False

    def close(self) -> None:
        """Take nothing any more from a runner that goes on, and let none of its tasks wait for people."""
        self._record.close()
        self._streamer.close()
        for task in self._asking:
            task.cancel()

    # What the run says.

    async def delta(self, text: str) -> None:
        self._record.check_open()
        text = clean(text)
        self._budget.write(len(text.encode()))
        self._streamer.add(text)

    async def reply(self, reply: Reply) -> None:
        text = clean(reply.text)
        # What was streamed was counted then.
        self._budget.write(max(0, len(text.encode()) - self._streamer.size_b))
        reply = Reply(
            text=text, intent=reply.intent, suggested_action=reply.suggested_action, sources=tuple(reply.sources)
        )
        await whole(self._tasks, "reply", self._reply(reply))

    async def _reply(self, reply: Reply) -> None:
        async with self._replying:
            self._record.check_open()
            with self._streamer.superseded(reply.text) as message_id:
                await self._record.say(reply, message_id)

    async def processing(self, stage: Stage, detail: str | None = None) -> None:
        detail = None if detail is None else cut(detail, MAX_TITLE)
        if self._doing != (stage, detail):
            self._doing = stage, detail
            data = SessionProcessingData(session=self.session.id, run=self.run_id, stage=stage, detail=detail)
            await self._write("session.processing", data)

    async def log(self, level: Literal["info", "warning", "error"], text: str) -> None:
        text = cut(text, MAX_RESULT_B)
        self._budget.write(len(text.encode()))
        data = SessionLogData(session=self.session.id, run=self.run_id, level=level, text=text)
        await self._write("session.log", data)

    async def hand_over(self, reason: str, summary: str) -> None:
        if self._called_people and self.session.handover is not None:
            # They were called once already: whatever a model was told to shout, nobody is called again and again.
            return
        self._called_people = True
        handover = HandoverView(
            reason=cut(reason, MAX_RESULT_B),
            summary=cut(summary, MAX_RESULT_B),
            requested_by=self._record.view.runner,
            requested_at=rfc3339(self._backing.clock.now()),
        )
        await self._write("session.handover", SessionHandoverData(session=self.session.id, handover=handover))

    async def show_call(self, call: ToolCall, *, title: str, risk: Risk) -> None:
        try:
            canonical(call.tool, call.arguments)
            arguments = call.arguments
        except InvalidArguments as error:
            arguments = {"not_shown": error.message}
        view = ToolCallView(
            id=cut(call.id, MAX_TITLE),
            tool=cut(call.tool, MAX_TITLE),
            title=cut(title, MAX_TITLE),
            arguments=arguments,
            risk=risk,
        )
        await self._write("session.tool_call", SessionToolCallData(session=self.session.id, run=self.run_id, call=view))

    async def show_result(self, call: str, result: ToolResult) -> None:
        text = cut(result.text, MAX_RESULT_B)
        view = ToolResultView(
            call=cut(call, MAX_TITLE),
            ok=result.ok,
            text=text,
            truncated=len(text) < len(result.text),
            code=result.code,
        )
        data = SessionToolResultData(session=self.session.id, run=self.run_id, result=view)
        await self._write("session.tool_result", data)

    async def _write(self, type: str, data: Any) -> None:
        await whole(self._tasks, type, self._record.add([(type, data)]))

    # What the run does.

    def tools(self) -> Sequence[ToolSpec]:
        return self._backing.tools.specs()

    async def call_tool(self, call: ToolCall) -> ToolResult:
        self._record.check_open()
        try:
            result = await self.calls.make(call)
        except (StorageUnavailable, SessionFull, RunFailed):
            raise
        except AppError as error:
            result = ToolResult(ok=False, text=error.message, code=error.code)
        await self.show_result(call.id, result)
        return result

    async def permission(
        self, call: ToolCall, *, title: str, risk: Risk, continuation: bytes | None = None
    ) -> Decision:
        self._record.check_open()
        if continuation is not None:
            await self._store.put_continuation(self.run_id, continuation)
        try:
            return await self.ask(call, title=title, risk=risk, container=None)
        except (StorageUnavailable, SessionFull, RunFailed):
            raise
        except AppError as error:
            # It cannot be asked for, now or at all: for the agent that is an answer.
            return Decision(allowed=False, permission="", reason=error.message)

    async def withdraw(self, call: str) -> None:
        await self._backing.broker.withdraw(self.run_id, call)

    async def keep(self, continuation: bytes) -> None:
        self._record.check_open()
        await self._store.put_continuation(self.run_id, continuation)

    async def use(self, permission: str, call: ToolCall) -> None:
        self._record.check_open()
        await self._backing.broker.redeem(permission, call, None, run=self._record.view, once=True)

    def spend(self, *, turns: int = 0, cost_usd: float | None = None) -> None:
        self._budget.spend(turns=turns, cost_usd=cost_usd)

    # For the calls of the server's own tools.

    @property
    def run_id(self) -> str:
        return self._record.view.id

    @property
    def session(self) -> SessionSummary:
        return self._store.get(self._record.view.session)

    @property
    def record(self) -> Record:
        return self._record

    async def ask(self, call: ToolCall, *, title: str, risk: Risk, container: tuple[str, str] | None) -> Decision:
        """Ask for a permission, and wait. Raises as `Broker.ask`."""
        self._record.check_open()
        session = self.session
        ask = partial(
            self._backing.broker.ask,
            self._record.view,
            session,
            call,
            title=cut(title, MAX_TITLE),
            risk=risk,
            container=container,
        )
        if await self._is_free(session, call, risk):
            return await ask()
        async with self._waiting():
            return await ask()

    async def _is_free(self, session: SessionSummary, call: ToolCall, risk: Risk) -> bool:
        """Whether nobody has to be waited for: the policy allows it, or it was decided already."""
        known = await self._store.permission_of(self.run_id, call.id)
        if known is not None:
            return known.state != "pending"
        policy = self._store.policy(session.workspace)
        setter = None if policy.set_by is None else self._backing.people(policy.set_by)
        return policies.allows_call(policy, call.tool, risk, workspace=session.workspace, setter=setter)

    @asynccontextmanager
    async def _waiting(self) -> AsyncIterator[None]:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._asking.add(task)
        self._waits += 1
        try:
            with self._budget.waiting():
                if self._waits == 1:
                    await whole(self._tasks, "waiting", self._record.become("waiting"))
                yield
        finally:
            self._asking.discard(task)
            self._waits -= 1
            if not self._waits:
                await whole(self._tasks, "running", self._record.become("running"))
