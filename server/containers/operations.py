"""The operations on containers and their way through the log. The table is a projection of the events `operation.*`."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections import OrderedDict

import msgspec

from server.containers.translation import nanoseconds
from server.containers.views import exact_time_text
from server.errors import NotFound, StorageUnavailable
from server.eventlog.log import EventLog, IdempotencyKey, NewEvent, StoredEvent
from server.protocol.channels import SYSTEM
from server.protocol.client import ActionOptions
from server.protocol.events import OperationData
from server.protocol.views import OperationView
from server.storage.database import Database

log = logging.getLogger(__name__)

MOST_IN_MEMORY = 1000
"""The newest operations are answered from memory; older ones cost a read."""

MOST_KEPT = 100_000
"""Rows of the table; the events are kept as long as the log keeps events."""

_PROJECTION = "operations"
_PAGE = 500
_FINAL = frozenset({"confirmed", "failed"})


class OperationNotFound(NotFound):
    code = "operation_not_found"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation and how it was asked for; `before_ns` is when the container had last been started before it."""

    view: OperationView
    command: str
    target: str
    options: ActionOptions
    before_ns: int | None = None

    @property
    def final(self) -> bool:
        return self.view.state in _FINAL


class _StoredData(msgspec.Struct):
    data: OperationData


_event_decoder = msgspec.json.Decoder(_StoredData)
_data_decoder = msgspec.json.Decoder(OperationData)


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
        at = max(await self._database.read(_projected), position.floor)
        while at < position.head:
            page = await self._log.read(at, limit=_PAGE, upto=position.head, channels={SYSTEM})
            rows = [row for row in map(_row, page.events) if row is not None]
            at = page.next
            await self._database.write(lambda connection, rows=rows, at=at: _project(connection, rows, at))  # type: ignore[misc]
        with contextlib.suppress(StorageUnavailable):  # Old rows may stay until the next start.
            await self._database.write(_trim)
        return [_operation(_data_decoder.decode(data)) for data in await self._database.read(_unfinished)]

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
        data = await self._database.read(lambda connection: _one(connection, "id = ?", (id,)))
        if data is None:
            raise OperationNotFound(f"There is no operation {id!r:.80}.")
        return _operation(_data_decoder.decode(data))

    async def by_command(self, by: str, command: str) -> Operation | None:
        """Return the operation that this command of this principal began, if it began one."""
        known = self._by_command.get((by, command))
        if known is not None:
            return self._recent[known]
        data = await self._database.read(lambda connection: _one(connection, "by = ? AND command = ?", (by, command)))
        return None if data is None else _operation(_data_decoder.decode(data))

    async def _append(self, operation: Operation, idem: IdempotencyKey | None) -> StoredEvent:
        view = operation.view
        event = NewEvent(f"operation.{view.state}", SYSTEM, _data(operation))
        if view.state == "requested":
            # The operation bears the id of its first event: an answer from the idempotency store is told by it.
            event = msgspec.structs.replace(event, id=view.id)
        self._on_their_way += 1
        try:
            (stored,) = await self._log.append([event], idem=idem)
            if stored.id == event.id:
                self._keep(operation)
                await self._write_row(stored, operation)
        finally:
            self._on_their_way -= 1
        return stored

    async def _write_row(self, stored: StoredEvent, operation: Operation) -> None:
        row = (operation.view.id, stored.seq, _data(operation))
        complete_to = stored.seq if self._complete and self._on_their_way == 1 else 0
        try:
            await self._database.write(lambda connection: _project(connection, [row], complete_to))
        except StorageUnavailable as error:
            # The event is what counts: the next start writes the row.
            self._complete = False
            log.warning("row of an operation not written", extra={"operation": row[0], "reason": error.message})

    def _keep(self, operation: Operation) -> None:
        view = operation.view
        self._recent[view.id] = operation
        self._recent.move_to_end(view.id)
        self._by_command[view.by, operation.command] = view.id
        while len(self._recent) > MOST_IN_MEMORY:
            _, old = self._recent.popitem(last=False)
            self._by_command.pop((old.view.by, old.command), None)


_Row = tuple[str, int, OperationData]


def _data(operation: Operation) -> OperationData:
    return OperationData(
        operation=operation.view,
        command=operation.command,
        target=operation.target,
        options=operation.options,
        before=None if operation.before_ns is None else exact_time_text(operation.before_ns),
    )


def _operation(data: OperationData) -> Operation:
    return Operation(
        view=data.operation,
        command=data.command or "",
        target=data.target or "",
        options=data.options or ActionOptions(),
        before_ns=None if data.before is None else nanoseconds(data.before),
    )


def _row(event: StoredEvent) -> _Row | None:
    if not event.type.startswith("operation."):
        return None
    data = _event_decoder.decode(event.text).data
    return data.operation.id, event.seq, data


def _projected(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT seq FROM projections WHERE name = ?", (_PROJECTION,)).fetchone()
    return row[0] if row else 0


def _project(connection: sqlite3.Connection, rows: list[_Row], complete_to: int) -> None:
    """Write `rows` unless newer ones are there; every event up to `complete_to` has its row then (0: not known)."""
    for key, seq, data in rows:
        newer = connection.execute("SELECT 1 FROM operations WHERE id = ? AND seq >= ?", (key, seq)).fetchone()
        if newer is None:
            connection.execute(
                "INSERT OR REPLACE INTO operations (id, seq, state, by, command, data) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    key,
                    seq,
                    data.operation.state,
                    data.operation.by,
                    data.command or key,
                    msgspec.json.encode(data).decode(),
                ),
            )
    connection.execute(
        "INSERT INTO projections (name, seq) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)",
        (_PROJECTION, complete_to),
    )


def _trim(connection: sqlite3.Connection) -> None:
    connection.execute(
        "DELETE FROM operations WHERE id <= (SELECT id FROM operations ORDER BY id DESC LIMIT 1 OFFSET ?)", (MOST_KEPT,)
    )


def _unfinished(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT data FROM operations WHERE state IN ('requested', 'running') ORDER BY seq")
    return [data for (data,) in rows]


def _one(connection: sqlite3.Connection, where: str, values: tuple[str, ...]) -> str | None:
    row = connection.execute(f"SELECT data FROM operations WHERE {where}", values).fetchone()  # noqa: S608 - our own words
    return row[0] if row else None
