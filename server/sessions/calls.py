"""A run calls a tool of the server: what only reads is done for the one who asked, the rest for who allowed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from server.access import Principal
from server.containers.engine import EngineUnreachable
from server.errors import AppError, Forbidden
from server.protocol.sessions import PermissionView
from server.sessions.runner import ToolCall, ToolResult, ToolSpec
from server.sessions.tools.toolbox import Subject

if TYPE_CHECKING:
    from server.sessions.backing import Backing
    from server.sessions.host import Host


ENGINE_S = 60.0
"""How long what was allowed waits for an engine that is not there."""

LOOK_S = 0.5


class RequesterGone(Forbidden):
    """There is nobody any more whose question the run answers."""

    code = "requester_gone"


class Tools(Protocol):
    """The server's own tools: `server.sessions.tools.toolbox.Toolbox`."""

    def specs(self) -> Sequence[ToolSpec]: ...

    async def resolve(self, call: ToolCall, by: Principal) -> Subject: ...

    async def read(self, call: ToolCall, by: Principal) -> ToolResult: ...

    async def act(self, call: ToolCall, subject: Subject, by: Principal, command_id: str) -> ToolResult: ...


class Calls:
    """The calls of one run. `unfinished`: what was begun on containers and is not known to be over: it goes on when
    whoever called is cancelled."""

    def __init__(self, host: Host, backing: Backing) -> None:
        self.unfinished: list[str] = []
        self._host = host
        self._backing = backing

    async def make(self, call: ToolCall) -> ToolResult:
        """Show `call` and do it, if need be once it is allowed. Done before a restart, it gives the same result again.

        Raises:
            AppError: it was not done.
        """
        store, host = self._backing.store, self._host
        known = await store.permission_of(host.run_id, call.id)
        if known is None:
            subject = await self._shown(call)
        else:
            # Asked for before a restart. What has become of it since is looked at once it is decided.
            subject = _asked_for(known)
        reads = subject.risk == "read"
        if reads and store.policy(host.session.workspace).mode != "ask_always":
            return await self._backing.tools.read(call, self._requester())
        decision = await host.ask(call, title=subject.title, risk=subject.risk, container=_container(subject))
        if not decision.allowed:
            return ToolResult(ok=False, text=decision.reason or "It was not allowed.", code="not_allowed")
        return await self._do(call, decision.permission)

    async def _do(self, call: ToolCall, permission_id: str) -> ToolResult:
        permission = await self._backing.store.permission(permission_id)
        if await self._backing.store.grant_used_for(permission_id) is not None:
            # It was begun before a restart, and what it was done to may be gone because of that.
            subject = _asked_for(permission)
        else:
            # As it is now: the container may be another one than when this was asked for, which `redeem` finds out.
            subject = await self._present(call)
        self._host.record.check_open()
        approver = await self._backing.broker.redeem(
            permission_id, call, subject.container_id, run=self._host.record.view
        )
        if subject.risk == "read":
            return await self._backing.tools.read(call, self._requester())
        self.unfinished.append(subject.title)
        result = await self._backing.tools.act(call, subject, approver, permission_id)
        self.unfinished.remove(subject.title)
        return result

    async def _shown(self, call: ToolCall) -> Subject:
        """Show `call`, and return what it is about."""
        try:
            subject = await self._backing.tools.resolve(call, self._requester())
        except AppError:
            await self._host.show_call(call, title=call.tool, risk="read")
            raise
        await self._host.show_call(call, title=subject.title, risk=subject.risk)
        return subject

    async def _present(self, call: ToolCall) -> Subject:
        """Return what `call` is about now. An engine that does not answer yet, as when the whole machine was started
        anew, is waited for: somebody has allowed this, and expects that it is done."""
        clock = self._backing.clock
        until_s = clock.monotonic() + ENGINE_S
        while True:
            try:
                return await self._backing.tools.resolve(call, self._requester())
            except EngineUnreachable:
                if clock.monotonic() >= until_s:
                    raise
            await clock.sleep(LOOK_S)

    def _requester(self) -> Principal:
        """Whom the run answers, as they are now."""
        found = self._backing.people(self._host.record.view.requested_by)
        if found is None:
            raise RequesterGone("The one who asked has no account here any more: nothing was done.")
        return found


def _asked_for(permission: PermissionView) -> Subject:
    """What a call was about when it was asked for."""
    return Subject(
        title=permission.call.title,
        risk=permission.call.risk,
        container_id=permission.container_id,
        container_name=permission.container_name,
    )


def _container(subject: Subject) -> tuple[str, str] | None:
    if subject.container_id is None:
        return None
    return subject.container_id, subject.container_name or subject.container_id
