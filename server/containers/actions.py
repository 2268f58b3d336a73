"""Does what people ask for with containers: accepts an operation, runs it, and settles what a crash left open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from server.access import Permission, Principal, allows
from server.clock import Clock, rfc3339
from server.containers import outcome
from server.containers.engine import (
    ContainerConflict,
    ContainerFacts,
    Engine,
    EngineEvent,
    EngineUnreachable,
)
from server.containers.operations import Operation, Operations
from server.containers.registry import Registry
from server.containers.run import Run
from server.containers.story import Cause
from server.errors import AppError, Forbidden, TooBusy
from server.eventlog.log import IdReused
from server.ids import new_id
from server.protocol.client import ActionOptions
from server.protocol.codec import encode
from server.protocol.views import Action, OperationView
from server.tasks import Tasks

log = logging.getLogger(__name__)

MOST_RUNNING = 32
"""Operations at the same time: a person asks for a handful, a script for as many as it gets."""

LINGER_S = 10.0
"""A program that got a signal may take this long to end because of it."""

_ENDS_SELF = frozenset({"stop", "restart", "pause", "kill", "remove"})
# What a kill may cut short: a stop that waits for its grace is what people want to kill for.
_CUT_SHORT_BY_KILL = frozenset({"stop", "restart"})
_BUSY_RETRY_S = 2.0


class ContainerBusy(ContainerConflict):
    """Another operation runs on this container."""

    code = "container_busy"
    temporary = True


class OwnContainer(ContainerConflict):
    """It would end Pilothouse itself."""

    code = "own_container"


class Actions:
    """The operations on the containers of one engine. `refresh` has a container inspected when one on it has ended.

    One runs on a container at a time; another is refused and not queued, because what it was asked for may make no
    sense any more when its turn comes. Only a kill is let through while a stop or a restart waits for the container.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        registry: Registry,
        operations: Operations,
        clock: Clock,
        refresh: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._operations = operations
        self._clock = clock
        self._refresh = refresh
        self._runs: dict[str, list[Run]] = {}
        # Of each container the last signal sent, until the given time: its end may still be our doing.
        self._lingering: dict[str, tuple[Run, float]] = {}
        # One acceptance at a time: a command that comes twice at once must find what its first copy began.
        self._accepting = asyncio.Lock()
        self._tasks = Tasks("containers.actions")

    @property
    def running(self) -> int:
        return sum(map(len, self._runs.values()))

    async def start(self) -> None:
        """Take up what a crash left open; it is settled by looking at the containers, never done again.

        Raises:
            StorageUnavailable: the operations cannot be read.
        """
        for operation in await self._operations.catch_up():
            self._begin(operation, interrupted=True)

    async def close(self) -> None:
        """Let go of what runs: the engine finishes it, and the next start settles it."""
        await self._tasks.close()

    async def perform(
        self, container: str, action: Action, options: ActionOptions, *, by: Principal, command_id: str
    ) -> OperationView:
        """Accept `action` on `container` (an id, an unambiguous start of one, or a name) and return once that is
        durable; it is done in the background. The same command of the same principal returns what it began first.

        Raises:
            Forbidden, InvalidContainer, ContainerNotFound, AmbiguousContainer, InvalidOption: it cannot be asked for.
            ContainerBusy, OwnContainer, TooBusy, EngineUnreachable: not now, or not without force.
            IdReused: the command asked for something else before.
            StorageUnavailable: nothing was accepted.
        """
        if not allows(by, Permission.OPERATE):
            raise Forbidden("You may look at containers here, not act on them. Ask an administrator.")
        # A command of the socket carries the options among its other fields.
        options = ActionOptions(**{name: getattr(options, name) for name in ActionOptions.__struct_fields__})
        # The caller may hang up; an operation that got into the log is run all the same.
        accepting = self._tasks.spawn("accept", self._accept(container, action, options, by.id, command_id))
        accepted: OperationView | AppError = await asyncio.shield(accepting)
        if isinstance(accepted, AppError):
            raise accepted
        return accepted

    async def get(self, operation_id: str) -> OperationView:
        """Return the operation as it is.

        Raises:
            OperationNotFound: there is none with this id.
        """
        return (await self._operations.get(operation_id)).view

    async def wait(self, operation_id: str, timeout_s: float) -> OperationView:
        """Return the operation when it has ended, or as it is after `timeout_s`.

        Raises:
            OperationNotFound: there is none with this id.
        """
        run = next((run for runs in self._runs.values() for run in runs if run.id == operation_id), None)
        if run is not None:
            try:
                async with asyncio.timeout(timeout_s):
                    await run.ended.wait()
            except TimeoutError:
                pass
        return await self.get(operation_id)

    def cause(self, event: EngineEvent) -> Cause | None:
        """Return the operation that `event` comes from, the newest if there are two."""
        for run in reversed(self._runs.get(event.id, [])):
            if outcome.causes(run.operation.view.action, event):
                return Cause(run.operation.view.by, run.id)
        kept = self._lingering.get(event.id)
        if event.change == "die" and kept is not None and self._clock.monotonic() < kept[1]:
            return Cause(kept[0].operation.view.by, kept[0].id)
        return None

    def seen(self, event: EngineEvent) -> None:
        """The log has `event`: what waits for it can be confirmed."""
        for run in self._runs.get(event.id, []):
            run.see(event)

    async def _accept(
        self, target: str, action: Action, options: ActionOptions, by: str, command: str
    ) -> OperationView | AppError:
        try:
            async with self._accepting:
                known = await self._operations.by_command(by, command)
                if known is not None:
                    if (known.target, known.view.action, known.options) != (target, action, options):
                        raise IdReused(f"The id {command!r:.80} was used for another request: send a new one.")
                    return known.view
                facts = self._check(target, action, options)
                new = self._new(facts, target, action, options, by, command)
                operation = await self._operations.request(new, encode([target, action, options]))
                if operation is new:
                    self._begin(new, interrupted=False)
                return operation.view
        except AppError as error:
            return error

    def _check(self, target: str, action: Action, options: ActionOptions) -> ContainerFacts:
        """Return the container if `action` can be asked for now."""
        outcome.check_options(action, options)
        facts = self._registry.find(target)
        engine = self._registry.engine_view
        if engine.state != "up":
            raise EngineUnreachable(engine.message or "The engine is not connected yet. Try again in a moment.")
        if action in _ENDS_SELF and self._registry.is_self(facts.id) and not options.force:
            raise OwnContainer(f"{facts.name} is Pilothouse itself: use force if you mean it, and this page goes dark.")
        for run in self._runs.get(facts.id, []):
            other = run.operation.view
            if not (action == "kill" and other.action in _CUT_SHORT_BY_KILL):
                raise ContainerBusy(
                    f"{other.by} is {outcome.DOING[other.action]} {facts.name} already. Wait until that has ended.",
                    retry_after_s=_BUSY_RETRY_S,
                )
        if self.running >= MOST_RUNNING:
            raise TooBusy(
                f"{MOST_RUNNING} operations are running. Wait until one has ended.", retry_after_s=_BUSY_RETRY_S
            )
        return facts

    def _new(
        self, facts: ContainerFacts, target: str, action: Action, options: ActionOptions, by: str, command: str
    ) -> Operation:
        now_s = self._clock.now()
        view = OperationView(
            id=new_id(now_s),
            engine=self._registry.engine,
            container_id=facts.id,
            container_name=facts.name,
            action=action,
            state="requested",
            by=by,
            requested_at=rfc3339(now_s),
            finished_at=None,
            duration_ms=None,
            code=None,
            message=None,
        )
        return Operation(view=view, command=command, target=target, options=options)

    def _begin(self, operation: Operation, *, interrupted: bool) -> None:
        run = Run(
            operation,
            engine=self._engine,
            registry=self._registry,
            operations=self._operations,
            clock=self._clock,
        )
        self._runs.setdefault(operation.view.container_id, []).append(run)
        self._tasks.spawn(operation.view.id, self._run(run, interrupted=interrupted))

    async def _run(self, run: Run, *, interrupted: bool) -> None:
        container = run.operation.view.container_id
        try:
            await (run.settle() if interrupted else run.do())
            # A start that failed, for one, changes the container and is no event.
            self._refresh(container)
            if outcome.lingers(run.operation.view.action, run.operation.options):
                self._linger(run)
        finally:
            self._runs[container].remove(run)
            if not self._runs[container]:
                del self._runs[container]

    def _linger(self, run: Run) -> None:
        now_s = self._clock.monotonic()
        self._lingering = {key: kept for key, kept in self._lingering.items() if kept[1] > now_s}
        self._lingering[run.operation.view.container_id] = run, now_s + LINGER_S
