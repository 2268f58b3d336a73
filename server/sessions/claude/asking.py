"""Permissions of one turn: what the command line asks for goes to people, and their answer back to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from server.sessions.claude import wire
from server.sessions.claude.command import risk_of, title
from server.sessions.runner import Decision, GrantInvalid, RunHost, ToolCall, ToolResult

# The model words it anew each time, and it does nothing.
_IDLE = "description"


class Continuation(msgspec.Struct, frozen=True):
    """What is kept while people decide on `call`: `cli_session` is where its conversation is."""

    cli_session: str
    call: ToolCall


class Approved(msgspec.Struct, frozen=True):
    """What was allowed while the command line was not there to hear it."""

    permission: str
    call: ToolCall


def read(continuation: bytes | None) -> Continuation | None:
    """None where there is none, or none of ours."""
    try:
        return None if continuation is None else msgspec.json.decode(continuation, type=Continuation)
    except msgspec.DecodeError:
        return None


class Input(Protocol):
    """What a command line hears."""

    async def send(self, line: bytes) -> None: ...


class Asking:
    """`waiting`: people are asked right now. One request at a time is put to them, in the order in which they came, so
    that there is one to take up again after a restart."""

    def __init__(
        self, host: RunHost, process: Input, *, cli_session: str, folder: str, approved: Approved | None = None
    ) -> None:
        self.waiting = False
        self._host = host
        self._process = process
        self._cli_session = cli_session
        self._folder = folder
        self._approved = approved
        self._known: dict[str, str] = {}
        self._refused: set[str] = set()
        self._turn = asyncio.Lock()

    async def show(self, use: wire.ToolUse) -> None:
        """Show a call; what was allowed before a restart has been shown."""
        if self._approved is not None and self._is_approved(use.name, use.input):
            self._known[use.id] = self._approved.call.id
            return
        call = ToolCall(use.id, use.name, use.input)
        await self._host.show_call(
            call, title=title(use.name, use.input), risk=risk_of(use.name, use.input, self._folder)
        )

    def shown_as(self, call: str) -> str:
        """The id under which people know the command line's call."""
        return self._known.get(call, call)

    def outcome(self, told: wire.ToolOutcome) -> ToolResult:
        """What a call gave; a refusal of ours is told from a failure."""
        failed = "not_allowed" if told.call in self._refused else "tool_failed"
        return ToolResult(not told.is_error, told.text, failed if told.is_error else None)

    async def answer(self, asked: wire.PermissionAsked) -> None:
        """Answer a request, after as much time as people take. What is allowed is done with exactly the arguments
        that they saw."""
        approved = self._take(asked)
        if approved is not None and await self._redeem(approved.permission, approved.call):
            await self._process.send(wire.allow(asked.request, approved.call.arguments))
            return
        call = ToolCall(asked.call, asked.tool, asked.input)
        async with self._turn:
            decision = await self._ask(call)
        if not decision.allowed:
            await self._deny(asked, f"Refused: {decision.reason or 'no reason was given'}")
            return
        try:
            await self._host.use(decision.permission, call)
        except GrantInvalid as invalid:
            await self._deny(asked, invalid.message)
        else:
            await self._process.send(wire.allow(asked.request, call.arguments))

    async def _ask(self, call: ToolCall) -> Decision:
        self.waiting = True
        try:
            return await self._host.permission(
                call,
                title=title(call.tool, call.arguments),
                risk=risk_of(call.tool, call.arguments, self._folder),
                continuation=msgspec.json.encode(Continuation(self._cli_session, call)),
            )
        finally:
            self.waiting = False

    async def _redeem(self, permission: str, call: ToolCall) -> bool:
        """Whether what was allowed before a restart is good still: it may have been done just before."""
        try:
            await self._host.use(permission, call)
        except GrantInvalid:
            return False
        return True

    async def _deny(self, asked: wire.PermissionAsked, reason: str) -> None:
        self._refused.add(asked.call)
        await self._process.send(wire.deny(asked.request, reason))

    def _take(self, asked: wire.PermissionAsked) -> Approved | None:
        """What was allowed before a restart, once, for the very same."""
        if not self._is_approved(asked.tool, asked.input):
            return None
        approved, self._approved = self._approved, None
        return approved

    def _is_approved(self, tool: str, arguments: Mapping[str, Any]) -> bool:
        approved = self._approved
        if approved is None or approved.call.tool != tool:
            return False
        return _essence(approved.call.arguments) == _essence(arguments)


def _essence(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != _IDLE}
