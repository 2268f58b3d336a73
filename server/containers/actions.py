"""Does what people ask for with containers: accepts an operation, runs it, and settles what a crash left open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from server.access import Permission, Principal, require
from server.clock import Clock, rfc3339
from server.containers import admission, outcome, trail
from server.containers.engine import ContainerFacts, Engine, EngineEvent
from server.containers.labels import KnownLabels
from server.containers.operations import Operation, OperationNotFound, Operations, not_found
from server.containers.registry import Registry
from server.containers.run import Run
from server.containers.story import Cause
from server.containers.visibility import Visibility
from server.errors import AppError, ReadOnly, StorageUnavailable
from server.eventlog.audit import Audit
from server.eventlog.log import IdReused
from server.ids import new_id
from server.protocol.client import ActionOptions
from server.protocol.codec import encode
from server.protocol.views import Action, OperationView
from server.tasks import Tasks

log = logging.getLogger(__name__)

LINGER_S = 10.0
"""A program that got a signal may take this long to end because of it."""


class Actions:
    """The operations on the containers of one engine. `refresh` has a container inspected when one on it has ended.
    `read_only`: none is accepted; those that were before are settled all the same, by looking.

    One runs on a container at a time; another is refused and not queued, because what it was asked for may make no
    sense any more when its turn comes. Only a kill is let through while a stop or a restart waits for the container.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        registry: Registry,
        operations: Operations,
        labels: KnownLabels,
        visibility: Visibility,
        audit: Audit,
        clock: Clock,
        read_only: bool = False,
        refresh: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._operations = operations
        self._labels = labels
        self._visibility = visibility
        self._audit = audit
        self._clock = clock
        self._read_only = read_only
        self._refresh = refresh
        self._runs: dict[str, list[Run]] = {}
        # Of each container the last signal sent, until the given time: its end may still be our doing.
        self._lingering: dict[str, tuple[Run, float]] = {}
        # One acceptance at a time: a command that comes twice at once must find what its first copy began.
        self._accepting = asyncio.Lock()
        self._tasks = Tasks("containers.actions")

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
        durable; it is done in the background. The same command of the same principal returns what it began first. Who
        asked, and whether that was refused, is in the audit trail.

        Raises:
            Forbidden, ReadOnly: not by this principal, or by nobody.
            InvalidContainer, ContainerNotFound, AmbiguousContainer, InvalidOption: it cannot be asked for.
            ContainerBusy, OwnContainer, TooBusy, EngineUnreachable: not now, or not without force.
            IdReused: the command asked for something else before.
            StorageUnavailable: nothing was accepted.
        """
        # A command of the socket carries the options among its other fields.
        options = ActionOptions(**{name: getattr(options, name) for name in ActionOptions.__struct_fields__})
        # The caller may hang up; an operation that got into the log is run all the same.
        accepting = self._tasks.spawn("accept", self._accept(container, action, options, by, command_id))
        accepted: OperationView | AppError = await asyncio.shield(accepting)
        if isinstance(accepted, AppError):
            raise accepted
        return accepted

    async def get(self, operation_id: str, *, by: Principal) -> OperationView:
        """Return the operation as it is. One's own is always there; others for who may see the container.

        Raises:
            Forbidden: `by` may not look at anything.
            OperationNotFound: there is none with this id that `by` may see.
        """
        try:
            view = (await self._operations.get(operation_id)).view
        except OperationNotFound:
            require(by, Permission.VIEW)
            raise
        if view.by != by.id:
            require(by, Permission.VIEW)
            if not self._visibility.sees(by, view.container_id):
                raise not_found(operation_id)
        return view

    async def wait(self, operation_id: str, timeout_s: float, *, by: Principal) -> OperationView:
        """Return the operation when it has ended, or as it is after `timeout_s`.

        Raises:
            Forbidden, OperationNotFound: as `get`.
        """
        view = await self.get(operation_id, by=by)
        run = next((run for run in self._runs.get(view.container_id, []) if run.id == operation_id), None)
        if run is None:
            return view
        try:
            async with asyncio.timeout(timeout_s):
                await run.ended.wait()
        except TimeoutError:
            pass
        return await self.get(operation_id, by=by)

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
        self, target: str, action: Action, options: ActionOptions, by: Principal, command: str
    ) -> OperationView | AppError:
        try:
            require(by, Permission.OPERATE)
            if self._read_only:
                raise ReadOnly("This Pilothouse only shows: it was started with PILOTHOUSE_READ_ONLY=1.")
            async with self._accepting:
                return await self._begin_once(target, action, options, by, command)
        except StorageUnavailable as error:
            return error
        except AppError as error:
            error.audited = True
            await self._audit.refused(trail.refused(target, action, options, by, error))
            return error

    async def _begin_once(
        self, target: str, action: Action, options: ActionOptions, by: Principal, command: str
    ) -> OperationView:
        known = await self._operations.by_command(by.id, command)
        if known is not None:
            if (known.target, known.view.action, known.options) != (target, action, options):
                raise IdReused(f"The id {command!r:.80} was used for another request: send a new one.")
            return known.view
        outcome.check_options(action, options)
        facts = self._registry.find(target, by.labels)
        admission.check(facts, action, options, registry=self._registry, runs=self._runs)
        self._labels.note(facts.id, facts.labels)
        await self._labels.save()
        new = self._new(facts, target, action, options, by, command)
        operation = await self._operations.request(new, encode([target, action, options]))
        if operation is new:
            self._begin(new, interrupted=False)
        return operation.view

    def _new(
        self, facts: ContainerFacts, target: str, action: Action, options: ActionOptions, by: Principal, command: str
    ) -> Operation:
        now_s = self._clock.now()
        view = OperationView(
            id=new_id(now_s),
            engine=self._registry.engine,
            container_id=facts.id,
            container_name=facts.name,
            action=action,
            state="requested",
            by=by.id,
            requested_at=rfc3339(now_s),
            finished_at=None,
            duration_ms=None,
            code=None,
            message=None,
        )
        return Operation(view=view, command=command, target=target, options=options, address=by.address)

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
