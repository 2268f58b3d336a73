"""What stands behind the doors of REST, as a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import msgspec

from server.access import Principal
from server.errors import AppError, NotFound
from server.protocol.client import ActionOptions
from server.protocol.sessions import MessageAccepted, MessageView, PermissionView, RunView, ToolCallView
from server.protocol.views import (
    Action,
    ContainerDetail,
    ContainersData,
    ContainersSummary,
    ContainerView,
    LogLine,
    MetricsData,
    MetricsHistory,
    OperationState,
    OperationView,
)

EMPTY_LIST = ContainersData(
    as_of_seq=0,
    read_at="2026-11-20T09:00:00.000Z",
    engines=[],
    containers=[],
    summary=ContainersSummary(0, 0, 0, 0, 0, 0, 0, 0),
)


def container_view(name: str = "web", **fields: object) -> ContainerView:
    view = ContainerView(
        id="c0ffee" + "0" * 58,
        name=name,
        image="nginx:1",
        state="running",
        status="Up 2 hours",
        condition="running",
        ports=[],
        created="2026-11-20T09:00:00.000Z",
        engine="local",
        started_at=None,
        finished_at=None,
        health=None,
        exit_code=None,
        oom_killed=False,
        restart_count=0,
        attention=False,
        project=None,
        service=None,
        labels={},
        is_self=False,
    )
    return msgspec.structs.replace(view, **fields)


def container_detail(name: str = "web") -> ContainerDetail:
    return ContainerDetail(
        container=container_view(name),
        all_labels={},
        command=["nginx"],
        entrypoint=[],
        working_dir="/",
        user="",
        hostname=name,
        restart_policy="no",
        networks={},
        mounts=[],
        health_log=[],
        error=None,
    )


class FakeMetrics:
    """`sample`: the newest one. `asked_by`: who asked, in order."""

    def __init__(self) -> None:
        self.sample: MetricsData | None = None
        self.asked_by: list[Principal] = []

    def latest(self, *, by: Principal) -> MetricsData | None:
        self.asked_by.append(by)
        return self.sample

    def history(self, *, by: Principal) -> MetricsHistory:
        self.asked_by.append(by)
        return MetricsHistory(interval_s=2, points=[])


class FakeContainers:
    """One container, `web`, whose output is what was put into `output`: lists of lines, an error, or None: its end.
    `asked_by`: who asked for anything, in order."""

    def __init__(self) -> None:
        self.bytes = msgspec.json.encode(EMPTY_LIST)
        self.output: asyncio.Queue[list[LogLine] | Exception | None] = asyncio.Queue()
        self.asked: list[tuple[str, int | None, int | None, bool]] = []
        self.asked_by: list[Principal] = []
        self.open = 0

    def list_bytes(self, *, by: Principal) -> bytes:
        self.asked_by.append(by)
        return self.bytes

    async def detail(self, container: str, *, by: Principal) -> ContainerDetail:
        self.asked_by.append(by)
        _known(container)
        return container_detail(container)

    @asynccontextmanager
    async def logs(
        self, container: str, *, tail: int | None, since_ns: int | None, follow: bool, by: Principal
    ) -> AsyncIterator[AsyncIterator[list[LogLine]]]:
        self.asked_by.append(by)
        _known(container)
        self.asked.append((container, tail, since_ns, follow))
        self.open += 1
        try:
            yield self._lines()
        finally:
            self.open -= 1

    async def _lines(self) -> AsyncIterator[list[LogLine]]:
        while (batch := await self.output.get()) is not None:
            if isinstance(batch, Exception):
                raise batch
            yield batch


@dataclass
class Performed:
    container: str
    action: Action
    options: ActionOptions
    by: Principal
    command_id: str


class FakeActions:
    """Operations that end when a test says so, or that refuse with `refusal`. `asked_by`: who looked at one."""

    def __init__(self) -> None:
        self.performed: list[Performed] = []
        self.operations: dict[str, OperationView] = {}
        self.asked_by: list[Principal] = []
        self.refusal: AppError | None = None
        self._ended = asyncio.Condition()

    async def perform(
        self, container: str, action: Action, options: ActionOptions, *, by: Principal, command_id: str
    ) -> OperationView:
        if self.refusal is not None:
            raise self.refusal
        self.performed.append(Performed(container, action, options, by, command_id))
        operation = OperationView(
            id=command_id,
            engine="local",
            container_id="c0ffee",
            container_name=container,
            action=action,
            state="requested",
            by=by.id,
            requested_at="2026-11-20T09:00:00.000Z",
            finished_at=None,
            duration_ms=None,
            code=None,
            message=None,
        )
        self.operations[operation.id] = operation
        return operation

    async def end(self, operation_id: str, state: OperationState) -> None:
        async with self._ended:
            self.operations[operation_id] = msgspec.structs.replace(self.operations[operation_id], state=state)
            self._ended.notify_all()

    async def wait(self, operation_id: str, timeout_s: float, *, by: Principal) -> OperationView:
        self.asked_by.append(by)
        try:
            async with asyncio.timeout(timeout_s), self._ended:
                await self._ended.wait_for(lambda: self.operations[operation_id].state in ("confirmed", "failed"))
        except TimeoutError:
            pass
        return self.operations[operation_id]

    async def get(self, operation_id: str, *, by: Principal) -> OperationView:
        self.asked_by.append(by)
        if operation_id not in self.operations:
            raise NotFound(f"There is no operation {operation_id}.")
        return self.operations[operation_id]


class FakeTalk:
    """Says, stops and decides whatever is asked for, in the session `S`; `done` is what it did, in order."""

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []

    async def post(self, by: Principal, id: str, text: str, *, command_id: str) -> MessageAccepted:
        _known_session(id)
        self.done.append(("post", by.id, text, command_id))
        message = MessageView(id="M", speaker="person", by=by.id, text=text, at="2026-11-20T09:00:00.000Z")
        return MessageAccepted(message=message, run=RUN)

    async def command(self, by: Principal, id: str, command: Literal["stop", "resume"], *, command_id: str) -> RunView:
        _known_session(id)
        self.done.append((command, by.id, command_id))
        return msgspec.structs.replace(RUN, state="stopped" if command == "stop" else "queued")

    async def decide(
        self, by: Principal, id: str, decision: Literal["allow", "deny"], reason: str | None
    ) -> PermissionView:
        self.done.append((decision, by.id, id, reason or ""))
        call = ToolCallView(id="T", tool="restart_container", title="Restart web", arguments={}, risk="change")
        return PermissionView(
            id=id,
            session="S",
            workspace="W",
            run="R",
            call=call,
            sha256="0" * 64,
            requested_by="ann",
            requested_at="2026-11-20T09:00:00.000Z",
            expires_at="2026-11-20T09:30:00.000Z",
            state="allowed" if decision == "allow" else "denied",
            decided_by=by.id,
        )


RUN = RunView(
    id="R",
    session="S",
    runner="builtin",
    state="queued",
    message="M",
    requested_by="ann",
    created_at="2026-11-20T09:00:00.000Z",
)


class NoSession(AppError):
    code = "session_not_found"
    status = 404


def _known_session(session: str) -> None:
    if session != "S":
        raise NoSession(f"There is no session {session}.")


class ContainerGone(AppError):
    code = "container_not_found"
    status = 404


def _known(container: str) -> None:
    if container != "web":
        raise ContainerGone(f"There is no container {container}.")
