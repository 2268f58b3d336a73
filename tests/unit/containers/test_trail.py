"""What the audit trail says of actions."""

from __future__ import annotations

from typing import Any

import pytest

from server.access import Principal, Role
from server.containers.admission import ContainerBusy, OwnContainer
from server.containers.engine import ContainerNotFound
from server.errors import AppError, Forbidden, ReadOnly, StorageUnavailable
from server.eventlog.log import IdReused
from server.ids import new_id
from server.protocol.client import ActionOptions
from tests.fakes.database import HandledDatabase
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog
from tests.unit.containers.conftest import Told, Watch

ADDRESS = "192.0.2.7"
ANN = Principal("ann", Role.OPERATOR, address=ADDRESS)
EVE = Principal("eve", Role.VIEWER, address="198.51.100.9")


def trail(told: Told) -> list[dict[str, Any]]:
    return told.of("audit.recorded")


async def test_who_asked_for_what_from_where_is_written_with_the_request_and_with_its_end(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    web = engine.run("web")
    watched = await watch()
    options = ActionOptions(grace_s=0, force=True)
    operation = await watched.outcome(await watched.ask("web", "stop", options, by=ANN))
    asked, ended = trail(told)
    detail = {"action": "stop", "container_id": web, "operation": operation.id, "grace_s": "0", "force": "true"}
    common = {"actor": "ann", "action": "container_action", "target": "web", "address": ADDRESS, "detail": detail}
    assert common | {"outcome": "requested", "code": None} == {key: asked[key] for key in (*common, "outcome", "code")}
    assert common | {"outcome": "ok", "code": None} == {key: ended[key] for key in (*common, "outcome", "code")}


async def test_the_trail_is_stored_together_with_what_it_tells_of(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    await watched.outcome(await watched.ask("web", "stop"))
    assert ["operation.requested", "audit.recorded"] in told.batches
    assert ["operation.running"] in told.batches
    assert ["operation.confirmed", "audit.recorded"] in told.batches


async def test_a_failure_has_its_code_in_the_trail(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    operation = await watched.outcome(await watched.ask("web", "unpause", by=ANN))
    assert (operation.state, trail(told)[-1]["outcome"]) == ("failed", "failed")
    assert trail(told)[-1]["code"] == operation.code == "container_conflict"


async def test_the_address_is_in_no_event_that_others_see(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    await watched.outcome(await watched.ask("web", "stop", by=ANN))
    shown = [event.text for event in told.stored if event.channel != "audit"]
    assert len(shown) > 5
    assert not [text for text in shown if ADDRESS.encode() in text]


@pytest.mark.parametrize("row_lost", [False, True])
async def test_the_address_outlives_a_restart(
    engine: FakeEngine, watch: Watch, told: Told, database: HandledDatabase, row_lost: bool
) -> None:
    engine.run("web")
    first = await watch()
    engine.gate("act")
    operation = await first.ask("web", "stop", by=ANN)
    await first.acting()
    await first.close()
    if row_lost:
        for table in ("operations", "projections"):
            await database.write(lambda connection, table=table: connection.execute(f"DELETE FROM {table}"))  # type: ignore[misc]
    engine.stop(next(iter(engine.facts)))
    second = await watch()
    await second.outcome(operation)
    assert [(entry["outcome"], entry["address"]) for entry in trail(told)] == [("requested", ADDRESS), ("ok", ADDRESS)]


async def test_a_command_that_comes_twice_is_in_the_trail_once(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    first = await watch()
    command = new_id()
    for _ in range(2):
        await first.outcome(await first.ask("web", "restart", command=command, by=ANN))
    await first.close()
    second = await watch()
    await second.ask("web", "restart", command=command, by=ANN)
    assert [entry["outcome"] for entry in trail(told)] == ["requested", "ok"]


async def test_a_command_whose_row_was_lost_is_in_the_trail_once(
    engine: FakeEngine, watch: Watch, told: Told, database: HandledDatabase
) -> None:
    engine.run("web")
    first = await watch()
    command = new_id()
    operation = await first.outcome(await first.ask("web", "restart", command=command, by=ANN))
    await first.close()
    second = await watch()
    # The start has made the table complete: what is lost now is found by the log's own memory of the command.
    await database.write(lambda connection: connection.execute("UPDATE operations SET command = id"))
    again = await second.ask("web", "restart", command=command, by=ANN)
    assert (again.id, len(trail(told))) == (operation.id, 2)


@pytest.mark.parametrize(
    ("target", "by", "options", "error"),
    [
        ("web", EVE, ActionOptions(), Forbidden),
        ("nope", ANN, ActionOptions(), ContainerNotFound),
        ("pilothouse", ANN, ActionOptions(), OwnContainer),
    ],
)
async def test_a_refusal_is_in_the_trail(
    engine: FakeEngine,
    watch: Watch,
    told: Told,
    target: str,
    by: Principal,
    options: ActionOptions,
    error: type[AppError],
) -> None:
    engine.run("web")
    own = engine.run("pilothouse")
    watched = await watch()
    watched.registry.set_own_id(own)
    with pytest.raises(error) as refused:
        await watched.ask(target, "kill", options, by=by)
    (entry,) = trail(told)
    assert (entry["actor"], entry["action"], entry["outcome"]) == (by.id, "container_action", "refused")
    assert (entry["target"], entry["address"], entry["code"]) == (target, by.address, error.code)
    assert entry["detail"] == {"action": "kill"}
    assert refused.value.audited


async def test_busy_reused_and_read_only_are_refusals_too(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    first = await watch()
    engine.gate("act")
    command = new_id()
    await first.ask("web", "stop", command=command, by=ANN)
    with pytest.raises(ContainerBusy):
        await first.ask("web", "stop", by=ANN)
    with pytest.raises(IdReused):
        await first.ask("web", "start", command=command, by=ANN)
    await first.close()
    second = await watch(read_only=True)
    with pytest.raises(ReadOnly):
        await second.ask("web", "stop", by=ANN)
    refusals = [entry["code"] for entry in trail(told) if entry["outcome"] == "refused"]
    assert refusals == ["container_busy", "id_reused", "read_only"]


async def test_a_target_that_is_no_reference_is_cut(watch: Watch, told: Told) -> None:
    watched = await watch()
    with pytest.raises(AppError):
        await watched.ask("x" * 10_000, "stop", by=ANN)
    assert trail(told)[0]["target"] == "x" * 128


async def test_without_storage_there_is_neither_an_operation_nor_a_trail(
    engine: FakeEngine, watch: Watch, told: Told, log: HandledLog
) -> None:
    engine.run("web")
    watched = await watch()
    log.refuses = frozenset({"operation.requested"})
    with pytest.raises(StorageUnavailable):
        await watched.ask("web", "stop", by=ANN)
    assert trail(told) == []
