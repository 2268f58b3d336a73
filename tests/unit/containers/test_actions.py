from __future__ import annotations

import asyncio

import pytest

from server.access import LOCAL, Principal, Role
from server.containers import admission
from server.containers.admission import ContainerBusy, OwnContainer
from server.containers.engine import (
    ContainerNotFound,
    EngineError,
    EngineUnreachable,
    InvalidContainer,
    InvalidOption,
)
from server.containers.operations import OperationNotFound
from server.errors import Forbidden, StorageUnavailable, TooBusy
from server.eventlog.log import IdReused
from server.ids import new_id
from server.protocol.client import ActionOptions, ContainerActionData
from server.protocol.views import Action
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog
from tests.unit.containers.conftest import Told, Watch


async def test_an_operation_is_accepted_before_the_engine_is_asked(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    engine.run("web")
    watched = await watch()
    acting = engine.gate("act")
    operation = await watched.ask("web", "stop")
    assert operation.state == "requested"
    assert told.of("operation.requested")[0]["operation"]["id"] == operation.id
    acting.set()
    assert (await watched.outcome(operation)).state == "confirmed"


async def test_a_second_action_on_the_same_container_is_refused(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    acting = engine.gate("act")
    operation = await watched.ask("web", "restart", by=Principal("ann", Role.OPERATOR))
    with pytest.raises(ContainerBusy, match="ann is restarting web already"):
        await watched.ask("web", "stop")
    acting.set()
    await watched.outcome(operation)
    assert (await watched.ask("web", "stop")).state == "requested"


async def test_a_kill_cuts_a_long_stop_short(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    acting = engine.gate("act")
    stop = await watched.ask("web", "stop", ActionOptions(grace_s=3600))
    kill = await watched.ask("web", "kill")
    with pytest.raises(ContainerBusy):
        await watched.ask("web", "kill")
    acting.set()
    assert (await watched.outcome(stop)).state == "confirmed"
    assert (await watched.outcome(kill)).state in ("confirmed", "failed")


async def test_other_containers_are_not_held_up(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    engine.run("db")
    watched = await watch()
    acting = engine.gate("act")
    operations = [await watched.ask(name, "stop") for name in ("web", "db")]
    acting.set()
    assert [(await watched.outcome(operation)).state for operation in operations] == ["confirmed", "confirmed"]


async def test_only_so_many_operations_run_at_once(
    engine: FakeEngine, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MOST_RUNNING", 2)
    for name in ("aa", "bb", "cc"):
        engine.run(name)
    watched = await watch()
    engine.gate("act")
    await watched.ask("aa", "stop")
    await watched.ask("bb", "stop")
    with pytest.raises(TooBusy):
        await watched.ask("cc", "stop")


@pytest.mark.parametrize("action", ["stop", "restart", "pause", "kill", "remove"])
async def test_pilothouse_does_not_end_itself_without_force(engine: FakeEngine, watch: Watch, action: Action) -> None:
    own = engine.run("pilothouse")
    watched = await watch()
    watched.registry.set_own_id(own)
    with pytest.raises(OwnContainer, match="Pilothouse itself"):
        await watched.ask("pilothouse", action)
    assert action not in engine.calls
    assert (await watched.ask("pilothouse", action, ActionOptions(force=True))).state == "requested"


async def test_a_viewer_may_not_act(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    with pytest.raises(Forbidden):
        await watched.ask("web", "stop", by=Principal("eve", Role.VIEWER))
    assert "operation.requested" not in told.types


@pytest.mark.parametrize(
    ("target", "error"), [("../info", InvalidContainer), ("nope", ContainerNotFound), ("web/../db", InvalidContainer)]
)
async def test_what_is_no_container_is_refused_before_anything_is_written(
    watch: Watch, told: Told, target: str, error: type[EngineError]
) -> None:
    watched = await watch()
    with pytest.raises(error):
        await watched.ask(target, "stop")
    assert "operation.requested" not in told.types


async def test_an_option_that_the_action_does_not_have_is_refused(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    with pytest.raises(InvalidOption, match="start takes no signal and no volumes"):
        await watched.ask("web", "start", ActionOptions(signal="TERM", volumes=True))


async def test_without_an_engine_nothing_is_accepted(engine: FakeEngine, watch: Watch, clock: FakeClock) -> None:
    engine.run("web")
    watched = await watch()
    engine.down()
    await clock.advance(5)
    with pytest.raises(EngineUnreachable):
        await watched.ask("web", "stop")


async def test_a_command_that_comes_twice_has_one_effect(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    command = new_id()
    first = await watched.ask("web", "restart", command=command)
    again = await watched.ask("web", "restart", command=command)
    await watched.outcome(first)
    later = await watched.ask("web", "restart", command=command)
    assert first.id == again.id == later.id
    assert (later.state, engine.calls.count("restart")) == ("confirmed", 1)


async def test_a_command_that_comes_twice_at_once_has_one_effect(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    command = new_id()
    asked = await asyncio.gather(*(watched.ask("web", "restart", command=command) for _ in range(5)))
    assert len({operation.id for operation in asked}) == 1
    await watched.outcome(asked[0])
    assert engine.calls.count("restart") == 1


async def test_a_command_of_the_socket_is_the_same_as_one_of_rest(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    command = new_id()
    data = ContainerActionData(container="web", action="restart", grace_s=3)
    first = await watched.actions.perform("web", "restart", data, by=LOCAL, command_id=command)
    again = await watched.ask("web", "restart", ActionOptions(grace_s=3), command=command)
    assert first.id == again.id


async def test_the_same_command_with_another_request_is_refused(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    command = new_id()
    await watched.ask("web", "restart", command=command)
    with pytest.raises(IdReused):
        await watched.ask("web", "stop", command=command)


async def test_commands_of_different_people_do_not_meet(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    engine.run("db")
    watched = await watch()
    command = new_id()
    one = await watched.ask("web", "stop", command=command, by=Principal("ann", Role.OPERATOR))
    other = await watched.ask("db", "stop", command=command, by=Principal("bob", Role.OPERATOR))
    assert one.id != other.id


async def test_a_command_is_known_after_a_restart_of_pilothouse(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    first = await watch()
    command = new_id()
    operation = await first.outcome(await first.ask("web", "remove", ActionOptions(force=True), command=command))
    await first.close()
    second = await watch()
    again = await second.ask("web", "remove", ActionOptions(force=True), command=command)
    assert again == operation
    assert engine.calls.count("remove") == 1


async def test_without_storage_nothing_is_accepted_and_nothing_done(
    engine: FakeEngine, watch: Watch, log: HandledLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.run("web")
    watched = await watch()
    await log.close()
    with pytest.raises(StorageUnavailable):
        await watched.ask("web", "stop")
    assert "stop" not in engine.calls


async def test_an_unknown_operation_is_not_found(watch: Watch) -> None:
    watched = await watch()
    with pytest.raises(OperationNotFound):
        await watched.actions.get("01J00000000000000000000000", by=LOCAL)
    with pytest.raises(OperationNotFound):
        await watched.actions.wait("01J00000000000000000000000", 1, by=LOCAL)


async def test_waiting_longer_than_asked_for_returns_how_it_is(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    engine.gate("act")
    operation = await watched.ask("web", "stop")
    await watched.acting()
    assert (await watched.actions.wait(operation.id, 0, by=LOCAL)).state == "running"


async def test_an_asker_who_hangs_up_does_not_stop_the_operation(
    engine: FakeEngine, watch: Watch, database: HandledDatabase, told: Told
) -> None:
    engine.run("web")
    watched = await watch()
    database.held.clear()
    asking = asyncio.get_running_loop().create_task(watched.ask("web", "stop"))
    await told.until("operation.requested")
    asking.cancel()
    database.held.set()
    await told.until("operation.confirmed")
    assert engine.calls.count("stop") == 1
