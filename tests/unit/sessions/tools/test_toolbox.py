"""The server's own tools: what they say, what they do, and what they make of calls that cannot be made."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.access import LOCAL, Principal, Role, Scope
from server.containers.engine import ContainerNotFound, EngineUnreachable
from server.containers.registry import AmbiguousContainer
from server.errors import Forbidden, ReadOnly
from server.protocol.views import LogLine
from server.sessions.runner import ToolCall
from server.sessions.tools.errors import InvalidArguments, UnknownTool
from server.sessions.tools.specs import TOOLS
from server.sessions.tools.toolbox import Toolbox
from tests.fakes.toolbench import Toolbench

RED = Principal(id="red", role=Role.OPERATOR, user="red", labels=("team=red",))
VIEWER = Principal(id="vic", role=Role.VIEWER, user="vic")
WRITE_ONLY = Principal(id="ann:ci", role=Role.OPERATOR, user="ann", scopes=frozenset({Scope.OPERATE}))


async def test_the_list_says_what_there_is(bench: Toolbench) -> None:
    answer = await bench.answer("list_containers")
    assert [(one["name"], one["state"]) for one in answer["containers"]] == [("db", "running"), ("web", "running")]
    assert (answer["engines"][0]["state"], answer["summary"]["running"], answer["left_out"]) == ("up", 2, 0)


async def test_a_thousand_containers_are_cut_whole_and_counted(bench: Toolbench) -> None:
    for number in range(1000):
        bench.engine.run(f"container-{number:03}")
    await bench.settle()
    answer = await bench.answer("list_containers")
    named = sum(map(len, answer["only_named"].values()))
    assert len(answer["containers"]) + named + answer["left_out"] == answer["found"] == 1002
    assert "matching" in answer["narrow"]
    assert len(msgspec.json.encode(answer)) < 16 * 1024


async def test_a_list_is_narrowed_by_words_and_by_state(bench: Toolbench) -> None:
    bench.engine.die(_id(bench, "db"), 1)
    await bench.settle()

    async def listed(**arguments: Any) -> list[str]:
        return [one["name"] for one in (await bench.answer("list_containers", **arguments))["containers"]]

    assert await listed(matching="front") == await listed(state="running") == ["web"]
    assert await listed(state="stopped") == await listed(state="attention") == ["db"]
    assert await listed(state="running", matching="db") == []


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        ({}, "List the containers"),
        ({"state": "attention"}, "List the containers that need attention"),
        ({"state": "stopped", "matching": "web"}, "List the containers that ended matching “web”"),
    ],
)
async def test_people_read_what_is_listed(bench: Toolbench, arguments: dict[str, str], title: str) -> None:
    assert (await bench.toolbox.resolve(ToolCall("c", "list_containers", arguments), LOCAL)).title == title


async def test_an_inspection_says_how_it_ended(bench: Toolbench) -> None:
    bench.engine.die(_id(bench, "web"), 137)
    await bench.settle()
    answer = await bench.answer("inspect_container", container="web")
    assert (answer["state"], answer["exit_code"], answer["oom_killed"]) == ("exited", 137, False)
    assert answer["command"] == ["sleep", "1000"]


async def test_the_newest_log_lines_come_oldest_first_and_without_secrets(bench: Toolbench) -> None:
    texts = ["one", "login with password=hunter2", "three"]
    bench.engine.output[_id(bench, "web")] = [LogLine("2026-11-20T09:00:00Z", "stdout", text) for text in texts]
    answer = await bench.answer("container_logs", container="web", tail=2)
    assert [line["text"] for line in answer["lines"]] == ["login with password=<redacted>", "three"]


async def test_a_log_of_megabytes_is_cut_at_its_old_end(bench: Toolbench) -> None:
    lines = [LogLine("2026-11-20T09:00:00Z", "stdout", f"{number} " + "x" * 100_000) for number in range(200)]
    bench.engine.output[_id(bench, "web")] = lines
    result = await bench.read("container_logs", container="web", tail=200)
    answer = msgspec.json.decode(result.text)
    assert len(result.text) < 16 * 1024
    assert answer["lines"][-1]["text"].startswith("199 ")
    assert answer["left_out"] == 200 - len(answer["lines"])


async def test_the_host_is_measured_for_who_asks(bench: Toolbench) -> None:
    assert "message" in await bench.answer("host_metrics", VIEWER)
    assert (await bench.answer("metrics_history", VIEWER))["points"] == []
    assert bench.metrics.asked_by == [VIEWER, VIEWER]


async def test_events_are_told_also_of_a_container_that_is_gone(bench: Toolbench) -> None:
    web = _id(bench, "web")
    bench.engine.die(web, 3)
    bench.engine.destroy(web)
    await bench.settle()
    events = (await bench.answer("container_events", container="web"))["events"]
    assert [event["event"] for event in events][-2:] == ["container.exited", "container.removed"]
    assert events[-2]["exit_code"] == 3
    assert {event["container"] for event in events} == {"web"}


async def test_events_of_containers_that_one_may_not_see_are_not_told(bench: Toolbench) -> None:
    bench.engine.die(_id(bench, "db"), 1)
    bench.engine.die(_id(bench, "web"), 1)
    await bench.settle()
    told = (await bench.answer("container_events", RED))["events"]
    assert {event["container"] for event in told if event["event"].startswith("container.")} == {"web"}
    assert (await bench.answer("container_events", RED, container="db"))["events"] == []


async def test_runbooks_are_searched(bench: Toolbench) -> None:
    (passage,) = (await bench.answer("search_runbooks", question="disk full?"))["passages"]
    assert (passage["document"], passage["coverage"], bench.library.asked) == ("disk.md", 0.88, ["disk full?"])


@pytest.mark.parametrize(
    ("reference", "name"), [("web", "web"), ("front", "web"), ("0001", "web"), ("0002" + "f" * 60, "db")]
)
async def test_a_container_is_meant_by_name_service_or_id(bench: Toolbench, reference: str, name: str) -> None:
    subject = await bench.toolbox.resolve(ToolCall("c", "restart_container", {"container": reference}), LOCAL)
    assert (subject.container_name, subject.title, subject.risk) == (name, f"Restart {name}", "change")
    assert subject.container_id == _id(bench, name)


async def test_an_unknown_name_is_answered_with_those_that_one_may_see(bench: Toolbench) -> None:
    call = ToolCall("c", "restart_container", {"container": "wbe"})
    with pytest.raises(ContainerNotFound, match="There are: db, web"):
        await bench.toolbox.resolve(call, LOCAL)
    with pytest.raises(ContainerNotFound) as narrow:
        await bench.toolbox.resolve(call, RED)
    assert "db" not in narrow.value.message
    nobody = Principal(id="n", role=Role.OPERATOR, labels=("team=none",))
    with pytest.raises(ContainerNotFound, match="none at all"):
        await bench.toolbox.resolve(call, nobody)


async def test_a_hidden_container_is_answered_like_one_that_is_not_there(bench: Toolbench) -> None:
    hidden = await bench.read("inspect_container", RED, container="db")
    none = await bench.read("inspect_container", RED, container="xx")
    assert hidden.text.replace("db", "xx") == none.text
    assert (await bench.read("container_logs", RED, container="db")).code == "container_not_found"
    assert [one["name"] for one in (await bench.answer("list_containers", RED))["containers"]] == ["web"]


async def test_the_start_of_several_ids_is_answered_with_their_names(bench: Toolbench) -> None:
    with pytest.raises(AmbiguousContainer, match="db, web"):
        await bench.toolbox.resolve(ToolCall("c", "stop_container", {"container": "000"}), LOCAL)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("container_logs", {}),
        ("container_logs", {"container": "web", "tail": 201}),
        ("container_logs", {"container": "web", "tail": 0}),
        ("container_logs", {"container": "web", "tail": "10"}),
        ("container_logs", {"container": "web", "tail": True}),
        ("container_logs", {"container": "web", "follow": True}),
        ("list_containers", {"all": True}),
        ("list_containers", {"state": "up"}),
        ("list_containers", {"matching": ""}),
        ("list_containers", {"matching": "x" * 501}),
        ("inspect_container", {"container": ""}),
        ("inspect_container", {"container": "x" * 129}),
        ("inspect_container", {"container": ["web"]}),
        ("inspect_container", {"container": None}),
        ("search_runbooks", {"question": ""}),
        ("search_runbooks", {"question": "x" * 2**20}),
        ("remove_container", {"container": "web", "force": True}),
        ("stop_container", {"container": "web", "grace_s": -1}),
        ("list_containers", {"x": "y" * 2**20}),
        ("list_containers", {"x": float("nan")}),
        ("inspect_container", {"container": "\ud800"}),
    ],
)
async def test_arguments_that_a_tool_does_not_take_are_refused(
    bench: Toolbench, tool: str, arguments: dict[str, Any]
) -> None:
    call = ToolCall("c", tool, arguments)
    with pytest.raises(InvalidArguments):
        await bench.toolbox.resolve(call, LOCAL)
    result = await bench.toolbox.read(call, LOCAL)
    assert (result.ok, result.code) == (False, "invalid_arguments")


async def test_an_unknown_tool_is_answered_with_those_that_there_are(bench: Toolbench) -> None:
    with pytest.raises(UnknownTool, match="list_containers"):
        await bench.toolbox.resolve(ToolCall("c", "rm -rf /", {}), LOCAL)
    assert (await bench.read("nosuch")).code == "unknown_tool"


async def test_whoever_may_not_look_is_told_nothing(bench: Toolbench) -> None:
    for tool in ("list_containers", "host_metrics", "metrics_history", "container_events"):
        assert (await bench.read(tool, WRITE_ONLY)).code == "forbidden"
    assert (await bench.read("search_runbooks", WRITE_ONLY, question="x")).code == "forbidden"
    with pytest.raises(Forbidden):
        await bench.toolbox.resolve(ToolCall("c", "stop_container", {"container": "web"}), WRITE_ONLY)


async def test_reading_does_not_act(bench: Toolbench) -> None:
    result = await bench.read("stop_container", container="web")
    assert (result.ok, result.code) == (False, "invalid_arguments")
    assert "stop" not in bench.engine.calls


async def test_acting_with_a_tool_that_only_reads_does_nothing(bench: Toolbench) -> None:
    assert (await bench.act("inspect_container", container="web")).code == "invalid_arguments"


@pytest.mark.parametrize(
    ("tool", "state"),
    [("stop_container", "exited"), ("pause_container", "paused"), ("kill_container", "exited")],
)
async def test_an_action_is_done_and_its_end_is_told(bench: Toolbench, tool: str, state: str) -> None:
    result = await bench.act(tool, container="web")
    answer = msgspec.json.decode(result.text)
    assert (result.ok, result.code, answer["state"], answer["container"]) == (True, None, "confirmed", "web")
    assert bench.engine.facts[_id(bench, "web")].state == state


async def test_the_same_command_is_not_done_twice(bench: Toolbench) -> None:
    first = await bench.act("restart_container", container="web")
    assert await bench.act("restart_container", container="web") == first
    assert bench.engine.calls.count("restart") == 1


async def test_a_command_that_removed_its_container_says_so_again(bench: Toolbench) -> None:
    web = _id(bench, "web")
    bench.engine.stop(web)
    await bench.settle()
    call = ToolCall("c", "remove_container", {"container": "web"})
    subject = await bench.toolbox.resolve(call, LOCAL)
    first = await bench.toolbox.act(call, subject, LOCAL, "p1")
    await bench.settle()
    assert first.ok
    assert await bench.toolbox.act(call, subject, LOCAL, "p1") == first


async def test_an_action_is_on_the_container_that_was_looked_at_not_on_its_namesake(bench: Toolbench) -> None:
    old = _id(bench, "web")
    bench.engine.destroy(old)
    new = bench.engine.run("web")
    await bench.settle()
    result = await bench.act("stop_container", id=old, container="web")
    assert (result.ok, result.code) == (False, "container_not_found")
    assert bench.engine.facts[new].state == "running"


async def test_who_allowed_it_must_be_able_to_act_on_this_container(bench: Toolbench) -> None:
    assert (await bench.act("stop_container", VIEWER, container="web")).code == "forbidden"
    assert (await bench.act("stop_container", RED, container="db")).code == "container_not_found"
    assert bench.engine.facts[_id(bench, "db")].state == "running"


async def test_a_running_container_is_not_removed(bench: Toolbench) -> None:
    result = await bench.act("remove_container", container="web")
    assert (result.ok, result.code) == (False, "container_conflict")
    assert _id(bench, "web") in bench.engine.facts


async def test_while_the_engine_is_away_nobody_says_that_a_container_is_not_there(bench: Toolbench) -> None:
    call = ToolCall("c", "restart_container", {"container": "new"})
    with pytest.raises(ContainerNotFound):
        await bench.toolbox.resolve(call, LOCAL)
    bench.engine.down()
    await bench.settle()
    with pytest.raises(EngineUnreachable):
        await bench.toolbox.resolve(call, LOCAL)
    assert (await bench.toolbox.resolve(ToolCall("c", "restart_container", {"container": "web"}), LOCAL)).container_id


async def test_an_engine_that_is_down_is_an_answer(bench: Toolbench) -> None:
    bench.engine.failures["inspect"] = [EngineUnreachable("Nobody answers.")] * 2
    assert (await bench.read("inspect_container", container="web")).code == "engine_unreachable"


async def test_a_server_that_only_shows_has_no_tool_that_acts(bench: Toolbench) -> None:
    toolbox = Toolbox(bench.containers, bench.metrics, bench.library, log=bench.log, read_only=True)
    assert {spec.risk for spec in toolbox.specs()} == {"read"}
    with pytest.raises(ReadOnly):
        await toolbox.resolve(ToolCall("c", "stop_container", {"container": "web"}), LOCAL)


def test_every_tool_has_a_schema_in_one_piece_that_forbids_more() -> None:
    for tool in TOOLS.values():
        assert tool.spec.parameters["type"] == "object"
        assert tool.spec.parameters["additionalProperties"] is False
        assert "$ref" not in str(tool.spec.parameters)
        assert (tool.action is None) == (tool.spec.risk == "read")


def _id(bench: Toolbench, name: str) -> str:
    return next(facts.id for facts in bench.engine.facts.values() if facts.name == name)
