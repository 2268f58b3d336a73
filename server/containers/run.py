"""One operation from its first call to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

import msgspec

from server.clock import Clock, rfc3339
from server.containers import outcome
from server.containers.engine import (
    ContainerFacts,
    ContainerNotFound,
    Engine,
    EngineError,
    EngineEvent,
    EngineTimeout,
    EngineUnreachable,
)
from server.containers.operations import Operation, Operations
from server.containers.registry import Registry
from server.containers.translation import nanoseconds
from server.errors import AppError, StorageUnavailable
from server.protocol.views import OperationState
from server.tasks import Tasks

log = logging.getLogger(__name__)

CONFIRM_S = 5.0
"""How long the engine's event of what it has done may take; then the container itself is looked at."""

RECOVER_S = 60.0
"""How long a lost engine may take to come back and tell what became of an operation."""

_LOOK_EVERY_S = 1.0
# An order that could not be written down at once is not carried out much later, when nobody expects it any more.
_NOTE_TRIES_S = (0.5, 1.0, 2.0)
_FIRST_RETRY_S, _LAST_RETRY_S = 0.5, 10.0
INTERRUPTED = "interrupted"
NOT_CONFIRMED = "not_confirmed"


class Run:
    """Runs one operation. `ended` is set when its outcome is durable."""

    def __init__(
        self, operation: Operation, *, engine: Engine, registry: Registry, operations: Operations, clock: Clock
    ) -> None:
        self.operation = operation
        self.ended = asyncio.Event()
        self._confirmed = asyncio.Event()
        self._engine = engine
        self._registry = registry
        self._operations = operations
        self._clock = clock
        self._tasks = Tasks("containers.run")

    @property
    def id(self) -> str:
        return self.operation.view.id

    def see(self, event: EngineEvent) -> None:
        """Take note of an event of the container."""
        if outcome.confirms(event, self.operation.view.action, self.operation.options):
            self._confirmed.set()

    async def do(self) -> None:
        """Have the engine do it, and find out whether it did."""
        await self._to_the_end(self._do())

    async def settle(self) -> None:
        """Find out what became of an operation that ran when Pilothouse ended. It is not done again."""
        await self._to_the_end(self._settle())

    async def _to_the_end(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception:
            # An operation that nobody ends would be shown as running for ever.
            log.exception("operation broke", extra={"operation": self.id})
            await self._fail(AppError.code, "Pilothouse made a mistake; its log has the details.")
        self.ended.set()

    async def _do(self) -> None:
        view, options = self.operation.view, self.operation.options
        try:
            facts = await self._facts()
        except EngineError as error:
            await self._fail(error.code, error.message)
            return
        if not await self._note_running(facts):
            return
        try:
            grace_s = outcome.grace_s(view.action, options, facts)
            changed = await self._engine.act(view.container_id, view.action, options, grace_s=grace_s)
        except (EngineTimeout, EngineUnreachable) as error:
            await self._find_out(error.code, error.message)
        except EngineError as error:
            await self._fail(error.code, error.message)
        else:
            if changed:
                await self._wait_for_event()
            await self._look(None if changed else outcome.already(view.action))

    async def _settle(self) -> None:
        if self.operation.view.state == "requested":
            await self._fail(INTERRUPTED, "Pilothouse was restarted before it began. Nothing was done.")
            return
        await self._wait_out_grace()
        await self._find_out(INTERRUPTED, "Pilothouse was restarted while it ran, and nothing shows that it was done.")

    async def _wait_out_grace(self) -> None:
        """Return when the outcome shows, or the engine cannot be at it any more: it goes on giving a container its time
        to end although nobody waits for the answer."""
        view = self.operation.view
        asked_s = (nanoseconds(view.requested_at) or 0) / 1e9
        while not self._confirmed.is_set():
            try:
                facts = await self._inspect()
            except EngineError:
                return
            if facts is None or outcome.shows(facts, view.action, self.operation.before_ns):
                return
            grace_s = outcome.grace_s(view.action, self.operation.options, facts)
            if self._clock.now() >= asked_s + grace_s + CONFIRM_S:
                return
            await self._pause(_LOOK_EVERY_S)

    async def _wait_for_event(self) -> None:
        """Return when the engine's event came, or will not come any more."""
        deadline_s = self._clock.monotonic() + CONFIRM_S
        while not self._confirmed.is_set() and self._clock.monotonic() < deadline_s:
            if self._registry.engine_view.state != "up":
                return
            await self._pause(min(_LOOK_EVERY_S, deadline_s - self._clock.monotonic()))

    async def _look(self, message: str | None) -> None:
        """End the operation by its event, or else by what the container looks like."""
        if self._confirmed.is_set():
            await self._confirm(message)
            return
        try:
            facts = await self._inspect()
        except EngineError as error:
            await self._find_out(error.code, error.message)
            return
        await self._judge(facts, message, NOT_CONFIRMED, "The engine took the order, and nothing came of it.")

    async def _find_out(self, code: str, message: str) -> None:
        """End an operation of which it is not known whether the engine did it, within RECOVER_S."""
        deadline_s = self._clock.monotonic() + RECOVER_S
        while not self._confirmed.is_set():
            try:
                facts = await self._inspect()
            except EngineError:
                if self._clock.monotonic() >= deadline_s:
                    await self._fail(code, f"{message} Whether it was done is not known.")
                    return
                await self._pause(_LOOK_EVERY_S)
            else:
                await self._judge(facts, None, code, message)
                return
        await self._confirm(None)

    async def _judge(self, facts: ContainerFacts | None, message: str | None, code: str, failure: str) -> None:
        view, options = self.operation.view, self.operation.options
        if view.action == "kill" and not outcome.kills_at_once(options) and facts is not None:
            if code == NOT_CONFIRMED:
                # The engine's answer itself said that the signal was delivered; nothing else would show it.
                await self._confirm(message)
            else:
                await self._fail(code, f"{failure} Whether the signal arrived is not known.")
        elif outcome.shows(facts, view.action, self.operation.before_ns):
            await self._confirm(message)
        else:
            now = "The container is gone." if facts is None else f"The container is {facts.state}."
            await self._fail(code, f"{failure} {now}")

    async def _facts(self) -> ContainerFacts:
        """Return the container as it is before anything is done to it."""
        known = self._registry.facts(self.operation.view.container_id)
        if known is not None and known.inspected:
            return known
        return (await self._engine.inspect(self.operation.view.container_id)).facts

    async def _inspect(self) -> ContainerFacts | None:
        try:
            return (await self._engine.inspect(self.operation.view.container_id)).facts
        except ContainerNotFound:
            return None

    async def _note_running(self, facts: ContainerFacts) -> bool:
        """Make durable that the engine is about to be asked; return whether it may be."""
        view = msgspec.structs.replace(self.operation.view, state="running")
        self.operation = msgspec.structs.replace(self.operation, view=view, before_ns=facts.started_ns)
        for wait_s in (*_NOTE_TRIES_S, None):
            try:
                await self._operations.record(self.operation)
            except StorageUnavailable as error:
                if wait_s is None:
                    await self._fail(error.code, f"{error.message} Nothing was done.")
                    return False
                await self._clock.sleep(wait_s)
            else:
                return True
        return False

    async def _confirm(self, message: str | None) -> None:
        await self._end("confirmed", None, message)

    async def _fail(self, code: str, message: str) -> None:
        await self._end("failed", code, message)

    async def _end(self, state: OperationState, code: str | None, message: str | None) -> None:
        """Make the outcome durable, however long the storage takes."""
        now_s = self._clock.now()
        now_ms = int(now_s * 1000)
        view = msgspec.structs.replace(
            self.operation.view,
            state=state,
            finished_at=rfc3339(now_s),
            duration_ms=max(0, now_ms - (nanoseconds(self.operation.view.requested_at) or 0) // 10**6),
            code=code,
            message=message,
        )
        self.operation = msgspec.structs.replace(self.operation, view=view)
        wait_s = _FIRST_RETRY_S
        while True:
            try:
                await self._operations.record(self.operation)
            except StorageUnavailable as error:
                log.warning("outcome waits for the storage", extra={"operation": self.id, "reason": error.message})
                await self._clock.sleep(wait_s)
                wait_s = min(wait_s * 2, _LAST_RETRY_S)
            else:
                return

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not longer than until the event comes."""
        waits = [
            self._tasks.spawn("event", self._confirmed.wait()),
            self._tasks.spawn("time", self._clock.sleep(seconds)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._tasks.close()
