"""The operations on containers and their way through the log, which the audit trail tells of in the same breath."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections import OrderedDict

import msgspec

from server.containers import operation_rows as rows
from server.containers import trail
from server.containers.operation_rows import Row
from server.containers.translation import nanoseconds
from server.containers.views import exact_time_text
from server.errors import NotFound, StorageUnavailable
from server.eventlog.audit import audit_event
from server.eventlog.log import EventLog, IdempotencyKey, NewEvent, StoredEvent
from server.protocol.channels import AUDIT, SYSTEM
from server.protocol.client import ActionOptions
from server.protocol.events import OperationData
from server.protocol.views import OperationView
from server.storage.database import Database

log = logging.getLogger(__name__)

MOST_IN_MEMORY = 1000
"""The newest operations are answered from memory; older ones cost a read."""

_PAGE = 500
_FINAL = frozenset({"confirmed", "failed"})


class OperationNotFound(NotFound):
    code = "operation_not_found"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation and how it was asked for; `before_ns` is when the container had last been started before it.
    `address` is where it was asked from: for the audit trail alone, so that it is in no event that others see."""

    view: OperationView
    command: str
    target: str
    options: ActionOptions
    before_ns: int | None = None
    address: str | None = None

    @property
    def final(self) -> bool:
        return self.view.state in _FINAL


class _StoredData(msgspec.Struct):
    data: OperationData


_event_decoder = msgspec.json.Decoder(_StoredData)
_data_decoder = msgspec.json.Decoder(OperationData)


def not_found(id: str) -> OperationNotFound:
    """What is said of an operation that is not there, or not there for who asks."""
    return OperationNotFound(f"There is no operation {id!r:.80}.")


class Operations:
    """All operations: kept durable by the log, found again by id or by the command that asked for them."""

    def __init__(self, *, log: EventLog, database: Database) -> None:
        self._log = log
        self._database = database
        self._recent: OrderedDict[str, Operation] = OrderedDict()
        self._by_command: dict[tuple[str, str], str] = {}
        # The projection is complete up to a row only if no other one is on its way, and none failed.
        self._on_their_way = 0
        self._complete = True

    async def catch_up(self) -> list[Operation]:
        """Bring the table up to the log and return the operations that have not ended.

        Raises:
            StorageUnavailable: log or table cannot be read or written.
        """
        position = await self._log.position()
        at = max(await self._database.read(rows.projected), position.floor)
        while at < position.head:
            page = await self._log.read(at, limit=_PAGE, upto=position.head, channels={SYSTEM, AUDIT})
            await self._project(page.events, at := page.next)
        with contextlib.suppress(StorageUnavailable):  # Old rows may stay until the next start.
            await self._database.write(rows.trim)
        return [_operation(*row) for row in await self._database.read(rows.unfinished)]

    async def request(self, operation: Operation, request: bytes) -> Operation:
        """Make `operation` durable and return it, or the one that the same command began before.

        Raises:
            IdReused: the command asked for something else before.
            StorageUnavailable: nothing was stored.
        """
        key = IdempotencyKey(operation.view.by, operation.command, request)
        stored = await self._append(operation, key)
        if stored.id != operation.view.id:
            # A command that was answered before, by a server whose table did not get the row yet.
            return await self.get(_event_decoder.decode(stored.text).data.operation.id)
        return operation

    async def record(self, operation: Operation) -> None:
        """Make the new state of `operation` durable.

        Raises:
            StorageUnavailable: nothing was stored.
        """
        await self._append(operation, None)

    async def get(self, id: str) -> Operation:
        """Return an operation.

        Raises:
            OperationNotFound: there is none with this id, or it is too old.
        """
        operation = self._recent.get(id)
        if operation is not None:
            return operation
        row = await self._database.read(lambda connection: rows.one(connection, "id = ?", (id,)))
        if row is None:
            raise not_found(id)
        return _operation(*row)

    async def by_command(self, by: str, command: str) -> Operation | None:
        """Return the operation that this command of this principal began, if it began one."""
        known = self._by_command.get((by, command))
        if known is not None:
            return self._recent[known]
        where = "by = ? AND command = ?"
        row = await self._database.read(lambda connection: rows.one(connection, where, (by, command)))
        return None if row is None else _operation(*row)

    async def _project(self, events: list[StoredEvent], complete_to: int) -> None:
        told = [row for row in map(_row, events) if row is not None]
        addresses = [found for found in map(trail.address_in, events) if found is not None]

        def work(connection: sqlite3.Connection) -> None:
            rows.project(connection, told, complete_to)
            rows.put_addresses(connection, addresses)

        await self._database.write(work)

    async def _append(self, operation: Operation, idem: IdempotencyKey | None) -> StoredEvent:
        view = operation.view
        event = NewEvent(f"operation.{view.state}", SYSTEM, _data(operation))
        if view.state == "requested":
            # The operation bears the id of its first event: an answer from the idempotency store is told by it.
            event = msgspec.structs.replace(event, id=view.id)
        audit = trail.of(view, operation.options, operation.address)
        self._on_their_way += 1
        try:
            # Together or not at all: nothing is done without a trace, and no trace is left of what was not.
            appended = await self._log.append([event] if audit is None else [event, audit_event(audit)], idem=idem)
            stored = next(one for one in appended if one.type == event.type)
            if stored.id == event.id:
                self._keep(operation)
                await self._write_row(stored, operation)
        finally:
            self._on_their_way -= 1
        return stored

    async def _write_row(self, stored: StoredEvent, operation: Operation) -> None:
        row = Row(operation.view.id, stored.seq, _data(operation), operation.address)
        complete_to = stored.seq if self._complete and self._on_their_way == 1 else 0
        try:
            await self._database.write(lambda connection: rows.project(connection, [row], complete_to))
        except StorageUnavailable as error:
            # The event is what counts: the next start writes the row.
            self._complete = False
            log.warning("row of an operation not written", extra={"operation": row.id, "reason": error.message})

    def _keep(self, operation: Operation) -> None:
        view = operation.view
        self._recent[view.id] = operation
        self._recent.move_to_end(view.id)
        self._by_command[view.by, operation.command] = view.id
        while len(self._recent) > MOST_IN_MEMORY:
            _, old = self._recent.popitem(last=False)
            self._by_command.pop((old.view.by, old.command), None)


def _data(operation: Operation) -> OperationData:
    return OperationData(
        operation=operation.view,
        command=operation.command,
        target=operation.target,
        options=operation.options,
        before=None if operation.before_ns is None else exact_time_text(operation.before_ns),
    )


def _operation(text: str, address: str | None) -> Operation:
    data = _data_decoder.decode(text)
    return Operation(
        view=data.operation,
        command=data.command or "",
        target=data.target or "",
        options=data.options or ActionOptions(),
        before_ns=None if data.before is None else nanoseconds(data.before),
        address=address,
    )


def _row(event: StoredEvent) -> Row | None:
    if not event.type.startswith("operation."):
        return None
    data = _event_decoder.decode(event.text).data
    return Row(data.operation.id, event.seq, data)
