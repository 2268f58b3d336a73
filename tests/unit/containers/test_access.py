"""Who may act, and on what: roles, scopes, labels and the mode in which nothing is changed."""

from __future__ import annotations

import pytest

from server.access import LOCAL, Principal, Role, Scope
from server.containers.admission import ContainerBusy, OwnContainer
from server.containers.engine import ContainerNotFound
from server.containers.operations import OperationNotFound
from server.containers.registry import AmbiguousContainer
from server.errors import AppError, Forbidden, ReadOnly
from server.protocol.client import ActionOptions
from server.protocol.views import Action
from tests.fakes.engine import FakeEngine
from tests.unit.containers.conftest import Told, Watch

ANN = Principal("ann", Role.OPERATOR, labels=("team=blue",))
BOB = Principal("bob", Role.OPERATOR, labels=("team=red",))
EVE = Principal("eve", Role.VIEWER)
BLUE, RED = {"team": "blue"}, {"team": "red"}


async def test_a_container_that_is_hidden_is_not_there_in_the_same_words(engine: FakeEngine, watch: Watch) -> None:
    mail = engine.run("mail", labels=RED)
    watched = await watch()
    for reference in ("mail", mail, mail[:12]):
        with pytest.raises(ContainerNotFound) as hidden:
            await watched.ask(reference, "stop", by=ANN)
        assert hidden.value.message == f"There is no container {reference}."
    with pytest.raises(ContainerNotFound) as missing:
        await watched.ask("nope", "stop", by=ANN)
    assert missing.value.message == "There is no container nope."
    assert "stop" not in engine.calls


async def test_what_is_begun_is_looked_for_among_the_visible_only(engine: FakeEngine, watch: Watch) -> None:
    engine.run("mail", labels=RED)
    web, _ = engine.run("web", labels=BLUE), engine.run("news", labels=RED)
    watched = await watch()
    with pytest.raises(AmbiguousContainer, match=r"\(mail, news, web\)"):
        await watched.ask("000", "stop")
    with pytest.raises(AmbiguousContainer, match=r"\(mail, news\)"):
        await watched.ask("000", "stop", by=BOB)
    assert (await watched.ask("000", "stop", by=ANN)).container_id == web


async def test_a_name_that_a_hidden_container_has_may_begin_the_id_of_a_visible_one(
    engine: FakeEngine, watch: Watch
) -> None:
    engine.run("0002", labels=RED)
    web = engine.run("web", labels=BLUE)
    watched = await watch()
    assert (await watched.ask("0002", "stop", by=ANN)).container_id == web


async def test_that_it_is_busy_or_pilothouse_itself_is_not_told_of_a_hidden_container(
    engine: FakeEngine, watch: Watch
) -> None:
    own = engine.run("pilothouse", labels=RED)
    watched = await watch()
    watched.registry.set_own_id(own)
    engine.gate("act")
    with pytest.raises(OwnContainer):
        await watched.ask("pilothouse", "stop", by=BOB)
    await watched.ask("pilothouse", "stop", ActionOptions(force=True), by=BOB)
    with pytest.raises(ContainerBusy):
        await watched.ask("pilothouse", "stop", ActionOptions(force=True), by=BOB)
    for options in (ActionOptions(), ActionOptions(force=True)):
        with pytest.raises(ContainerNotFound):
            await watched.ask("pilothouse", "stop", options, by=ANN)


async def test_an_operation_on_a_hidden_container_is_not_there(engine: FakeEngine, watch: Watch) -> None:
    engine.run("mail", labels=RED)
    watched = await watch()
    operation = await watched.ask("mail", "stop", by=BOB)
    for look in (watched.actions.get(operation.id, by=ANN), watched.actions.wait(operation.id, 30, by=ANN)):
        with pytest.raises(OperationNotFound, match=f"There is no operation '{operation.id}'."):
            await look
    assert (await watched.actions.wait(operation.id, 30, by=EVE)).state == "confirmed"


async def test_an_operation_on_a_container_that_is_gone_is_judged_by_its_labels(
    engine: FakeEngine, watch: Watch
) -> None:
    engine.run("mail", labels=RED)
    first = await watch()
    operation = await first.outcome(await first.ask("mail", "remove", ActionOptions(force=True)))
    await first.close()
    second = await watch()
    assert (await second.actions.get(operation.id, by=BOB)).state == "confirmed"
    with pytest.raises(OperationNotFound):
        await second.actions.get(operation.id, by=ANN)


async def test_a_token_that_may_not_read_sees_how_its_own_operation_ends_and_nothing_else(
    engine: FakeEngine, watch: Watch
) -> None:
    engine.run("web")
    engine.run("db")
    watched = await watch()
    token = Principal("token:ci", Role.OPERATOR, scopes=frozenset({Scope.OPERATE}))
    own, other = await watched.ask("web", "stop", by=token), await watched.ask("db", "stop")
    assert (await watched.actions.wait(own.id, 30, by=token)).state == "confirmed"
    for operation in (other.id, "01J00000000000000000000000"):
        with pytest.raises(Forbidden):
            await watched.actions.get(operation, by=token)


async def test_a_token_that_may_only_read_does_not_act(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    with pytest.raises(Forbidden):
        await watched.ask("web", "stop", by=Principal("ann:ci", Role.ADMIN, scopes=frozenset({Scope.READ})))
    assert "operation.requested" not in told.types


@pytest.mark.parametrize("action", ["start", "stop", "restart", "pause", "unpause", "kill", "remove"])
async def test_read_only_no_action_is_begun_whoever_asks(
    engine: FakeEngine, watch: Watch, told: Told, action: Action
) -> None:
    engine.run("web")
    watched = await watch(read_only=True)
    with pytest.raises(ReadOnly):
        await watched.ask("web", action, ActionOptions(force=True))
    assert "operation.requested" not in told.types
    assert action not in engine.calls


@pytest.mark.parametrize(("by", "error"), [(EVE, Forbidden), (LOCAL, ReadOnly), (ANN, ReadOnly)])
async def test_read_only_is_told_before_anything_of_the_container_and_after_the_role(
    watch: Watch, by: Principal, error: type[AppError]
) -> None:
    watched = await watch(read_only=True)
    with pytest.raises(AppError) as refused:
        await watched.ask("nope", "stop", by=by)
    assert type(refused.value) is error


async def test_read_only_what_was_begun_before_is_settled_by_looking(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    first = await watch()
    engine.gate("act")
    operation = await first.ask("web", "stop")
    await first.acting()
    await first.close()
    engine.calls.clear()
    engine.stop(next(iter(engine.facts)))
    second = await watch(read_only=True)
    assert (await second.outcome(operation)).state == "confirmed"
    assert "act" not in engine.calls
