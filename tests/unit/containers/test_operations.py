from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.containers.operations import Operation, OperationNotFound, Operations
from server.errors import StorageUnavailable
from server.eventlog.log import IdReused, NewEvent
from server.ids import new_id
from server.protocol.client import ActionOptions
from server.protocol.views import OperationView
from tests.fakes.database import HandledDatabase
from tests.fakes.log import HandledLog

STARTED_NS = 1_795_244_925_713_185_194


def operation(**fields: Any) -> Operation:
    view: dict[str, Any] = {
        "id": new_id(),
        "engine": "local",
        "container_id": "a" * 64,
        "container_name": "web",
        "action": "kill",
        "state": "requested",
        "by": "ann",
        "requested_at": "2026-11-20T09:00:00.000Z",
        "finished_at": None,
        "duration_ms": None,
        "code": None,
        "message": None,
    }
    options = ActionOptions(signal="HUP")
    return Operation(view=OperationView(**view | fields), command=new_id(), target="web", options=options)


def now(operation: Operation, state: Any) -> Operation:
    view = msgspec.structs.replace(operation.view, state=state)
    return msgspec.structs.replace(operation, view=view, before_ns=STARTED_NS)


@pytest.fixture
def operations(log: HandledLog, database: HandledDatabase) -> Operations:
    return Operations(log=log, database=database)


async def test_an_operation_is_found_by_id_and_by_command_after_a_restart(
    operations: Operations, log: HandledLog, database: HandledDatabase
) -> None:
    asked = await operations.request(operation(), b"request")
    done = now(asked, "confirmed")
    await operations.record(done)
    again = Operations(log=log, database=database)
    assert await again.get(asked.view.id) == done
    assert await again.by_command("ann", asked.command) == done
    assert await again.by_command("bob", asked.command) is None


async def test_rows_that_a_crash_kept_from_being_written_are_written_at_the_next_start(
    operations: Operations, log: HandledLog, database: HandledDatabase
) -> None:
    database.failures = [StorageUnavailable("killed")] * 2
    lost = await operations.request(operation(), b"request")
    await operations.record(now(lost, "running"))
    other = await operations.request(operation(), b"request")
    again = Operations(log=log, database=database)
    assert await again.catch_up() == [now(lost, "running"), other]


async def test_only_what_has_not_ended_is_left_over(
    operations: Operations, log: HandledLog, database: HandledDatabase
) -> None:
    for end in ("confirmed", "failed"):
        await operations.record(now(await operations.request(operation(), b"request"), end))
    left = await operations.request(operation(), b"request")
    assert await Operations(log=log, database=database).catch_up() == [left]


async def test_an_older_event_does_not_overwrite_a_newer_row(
    operations: Operations, log: HandledLog, database: HandledDatabase
) -> None:
    asked = await operations.request(operation(), b"request")
    await operations.record(now(asked, "confirmed"))
    await database.write(lambda connection: connection.execute("UPDATE projections SET seq = 0"))
    again = Operations(log=log, database=database)
    assert await again.catch_up() == []
    assert (await again.get(asked.view.id)).view.state == "confirmed"


async def test_the_table_is_made_again_from_the_log(
    operations: Operations, log: HandledLog, database: HandledDatabase
) -> None:
    asked = await operations.request(operation(), b"request")
    await operations.record(now(asked, "running"))
    await log.append([NewEvent("server.started", "system", {"version": "1"})])
    for table in ("operations", "projections"):
        await database.write(lambda connection, table=table: connection.execute(f"DELETE FROM {table}"))  # type: ignore[misc]
    assert await Operations(log=log, database=database).catch_up() == [now(asked, "running")]


async def test_history_that_was_pruned_is_no_reason_not_to_start(
    operations: Operations, log: HandledLog, database: HandledDatabase
) -> None:
    asked = await operations.request(operation(), b"request")
    await log.prune(1)
    await database.write(lambda connection: connection.execute("UPDATE projections SET seq = 0"))
    assert await Operations(log=log, database=database).catch_up() == [asked]


async def test_a_command_whose_row_was_lost_still_has_one_operation(
    operations: Operations, log: HandledLog, database: HandledDatabase
) -> None:
    asked = await operations.request(operation(), b"request")
    again = Operations(log=log, database=database)
    twin = msgspec.structs.replace(operation(), command=asked.command)
    assert await again.request(twin, b"request") == asked
    with pytest.raises(IdReused):
        await again.request(twin, b"another request")


async def test_an_unknown_operation_is_not_found(operations: Operations) -> None:
    with pytest.raises(OperationNotFound):
        await operations.get("nope")
