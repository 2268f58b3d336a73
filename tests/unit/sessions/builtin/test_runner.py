"""What a run does with the server, in which order."""

from __future__ import annotations

import re

import msgspec
import pytest

from server.protocol.views import ContainerView
from server.sessions.builtin.phrases import say
from server.sessions.builtin.runner import BuiltinRunner
from server.sessions.runbooks.library import Library
from server.sessions.runner import RunFailed, Said, ToolCall, ToolResult, Turn
from tests.fakes import shop
from tests.fakes.run_host import FakeHost
from tests.fakes.services import container_view


def host_of(library: Library, containers: list[ContainerView] | None = None, **fields: object) -> FakeHost:
    shown = shop.containers() if containers is None else containers
    return FakeHost(shown, library=library, logs=shop.LOGS, metrics=shop.metrics(), **fields)  # type: ignore[arg-type]


async def ask(
    text: str, library: Library, host: FakeHost, *, history: tuple[Said, ...] = (), continuation: bytes | None = None
) -> FakeHost:
    turn = Turn(session="s", workspace="w", run="r", by="ann", text=text, history=history, continuation=continuation)
    await BuiltinRunner(library).run(turn, host)
    return host


async def test_what_is_streamed_is_what_is_said(library: Library) -> None:
    host = await ask("웹이 왜 죽었어", library, host_of(library))
    assert len(host.streamed) > 1
    assert "".join(host.streamed) == host.replies[-1].text


async def test_diagnosis_tells_the_observed_from_the_runbook(library: Library) -> None:
    host = await ask("why did web die?", library, host_of(library))
    text = host.replies[0].text
    observed, runbook = text.index("### Observed"), text.index("### Runbook")
    assert observed < text.index("out of memory") < text.index("listening on 8080") < runbook
    assert runbook < text.index("web-keeps-restarting.md") < text.index("`start web`")
    assert [source.document for source in host.replies[0].sources] == ["web-keeps-restarting.md"]


async def test_diagnosis_without_a_runbook_says_so_and_has_no_source(library: Library) -> None:
    quiet = container_view("quiet", state="exited", status="Exited (0)", exit_code=0)
    host = await ask("why did quiet die?", library, host_of(library, [quiet]))
    assert "The runbooks say nothing about that." in host.replies[0].text
    assert host.replies[0].sources == ()


async def test_diagnosis_goes_on_without_logs_but_not_without_the_container(library: Library) -> None:
    host = host_of(library)
    host.broken["container_logs"] = ToolResult(False, "The log driver keeps none.", "logs_unavailable")
    await ask("why did web die?", library, host)
    assert "out of memory" in host.replies[0].text
    host = host_of(library)
    host.broken["inspect_container"] = ToolResult(False, "There is no such container.", "container_not_found")
    await ask("why did web die?", library, host)
    assert host.replies[0].text == "I could not look: There is no such container."


async def test_action_is_kept_and_announced_before_it_is_asked_for(library: Library) -> None:
    host = await ask("restart redis", library, host_of(library))
    assert host.order == ["list_containers", "keep", "reply", "restart_container", "reply"]
    assert [reply.suggested_action for reply in host.replies] == ["REQUEST_PERMISSION", "CONTINUE"]
    assert host.called("restart_container")[0].arguments == {"container": "redis"}
    assert host.replies[1].text == "`redis` was restarted."


async def test_run_that_goes_on_after_a_restart_makes_the_very_same_call(library: Library) -> None:
    before = await ask("redis 재시작해줘", library, host_of(library))
    after = await ask("redis 재시작해줘", library, host_of(library), continuation=before.kept[-1])
    assert after.calls == before.called("restart_container")
    assert [reply.text for reply in after.replies] == ["`redis` 컨테이너를 재시작했습니다."]


@pytest.mark.parametrize("continuation", [b"{", b"\xff", b"{}", b'{"verb":"explode"}'])
async def test_continuation_that_is_none_of_ours_fails_the_run(library: Library, continuation: bytes) -> None:
    host = host_of(library)
    with pytest.raises(RunFailed, match="Ask for it again"):
        await ask("restart redis", library, host, continuation=continuation)
    assert host.calls == []


async def test_refusal_is_told_and_nothing_else_is_tried(library: Library) -> None:
    def deny(call: ToolCall) -> ToolResult:
        return ToolResult(False, "Bob refused: not now.", "denied")

    host = await ask("restart redis", library, host_of(library, decide=deny))
    assert host.replies[-1].text == "Not done: Bob refused: not now."
    assert len(host.calls) == 2


async def test_action_that_still_runs_is_not_called_undone(library: Library) -> None:
    def slow(call: ToolCall) -> ToolResult:
        return ToolResult(False, '{"state":"running","message":null}', "operation_running")

    host = await ask("stop redis", library, host_of(library, decide=slow))
    assert host.replies[-1].text.startswith("It has begun")


@pytest.mark.parametrize("text", ["kill redis", "remove batch-worker", "redis 강제 종료해", "batch-worker 삭제해"])
async def test_destructive_action_is_asked_for_with_a_warning(library: Library, text: str) -> None:
    host = await ask(text, library, host_of(library))
    assert "**Warning:**" in host.replies[0].text or "**주의:**" in host.replies[0].text


@pytest.mark.parametrize(
    ("text", "action", "says"),
    [
        ("start redis", "CONTINUE", "Nothing to do: `redis` is Up 2 hours."),
        ("stop web", "CONTINUE", "Nothing to do"),
        ("unpause redis", "CONTINUE", "Nothing to do"),
        ("remove redis", "CLARIFY", "Stop it first"),
    ],
)
async def test_what_needs_no_action_asks_nobody(library: Library, text: str, action: str, says: str) -> None:
    host = await ask(text, library, host_of(library))
    assert says in host.replies[0].text
    assert host.replies[0].suggested_action == action
    assert host.order == ["list_containers", "reply"]


async def test_several_that_fit_are_named_and_none_is_touched(library: Library) -> None:
    host = await ask("restart shop-api", library, host_of(library))
    assert "`shop-api-1`" in host.replies[0].text
    assert "`shop-api-2`" in host.replies[0].text
    assert "`redis`" not in host.replies[0].text
    assert host.order == ["list_containers", "reply"]


async def test_name_in_answer_to_which_one_is_acted_on(library: Library) -> None:
    history = (Said("person", "ann", "restart shop-api"), Said("assistant", "builtin", "Which one?"))
    host = await ask("shop-api-2", library, host_of(library), history=history)
    assert host.called("restart_container")[0].arguments == {"container": "shop-api-2"}


async def test_server_that_changes_nothing_says_so(library: Library) -> None:
    host = host_of(library)
    host.missing.add("restart_container")
    await ask("restart redis", library, host)
    assert host.replies[0].text == "I am not allowed to do that here."
    assert host.kept == []


async def test_person_is_called_when_asked_for_without_looking_anywhere(library: Library) -> None:
    host = await ask("사람이랑 얘기하고 싶어요", library, host_of(library))
    assert host.order == ["hand_over", "reply"]
    assert host.handed_over[0][0] == "사람과의 대화를 요청했습니다."


async def test_person_is_called_at_the_second_question_in_a_row_that_finds_no_answer(library: Library) -> None:
    host = await ask("what is the weather", library, host_of(library))
    assert host.handed_over == []
    history = (Said("person", "ann", "what is the weather"), Said("assistant", "builtin", host.replies[0].text))
    host = await ask("tell me a joke", library, host_of(library), history=history)
    assert host.handed_over[0][0] == "The assistant did not know the answer twice in a row."
    assert "tell me a joke" in host.handed_over[0][1]
    assert host.replies[0].suggested_action == "HANDOVER"


async def test_way_to_do_it_is_read_out_and_not_done(library: Library) -> None:
    host = await ask("how do I restart redis safely?", library, host_of(library))
    assert host.called("restart_container") == []
    assert host.replies[0].intent == "document"


async def test_engine_that_is_down_is_told(library: Library) -> None:
    host = host_of(library)
    host.broken["list_containers"] = ToolResult(False, "The engine does not answer.", "engine_down")
    await ask("what is running?", library, host)
    assert host.replies[0].text == "I could not look: The engine does not answer."


@pytest.mark.parametrize("text", ["{", "", "[1,2]", '{"containers":[{"name":5}]}'])
async def test_tool_that_gives_nonsense_is_no_container(library: Library, text: str) -> None:
    host = host_of(library)
    host.broken["list_containers"] = ToolResult(True, text)
    await ask("restart redis", library, host)
    assert host.replies[0].suggested_action == "CLARIFY"
    assert host.kept == []


async def test_container_that_the_list_had_no_room_for_is_found_by_its_whole_name(library: Library) -> None:
    many = [container_view(f"filler-{number}-{'x' * 100}") for number in range(100)]
    host = await ask("restart zebra", library, host_of(library, [*many, container_view("zebra")]))
    assert host.called("restart_container")[0].arguments == {"container": "zebra"}


async def test_errors_are_looked_for_among_all_lines(library: Library) -> None:
    host = await ask("errors in the logs of postgres-main", library, host_of(library))
    assert host.called("container_logs")[0].arguments["tail"] == 200
    assert "too many clients" in host.replies[0].text
    assert "checkpoint" not in host.replies[0].text
    host = await ask("errors in the logs of redis", library, host_of(library))
    assert host.replies[0].text == "None of the last 1 log lines of `redis` speaks of an error."


async def test_figures_of_one_container_are_not_made_up(library: Library) -> None:
    host = await ask("how much memory does redis use?", library, host_of(library))
    assert host.replies[0].text.startswith("I know the figures of the whole host")
    assert "memory 75 % used, 2 GiB of 8 GiB left" in host.replies[0].text


async def test_figures_that_are_not_there_yet_are_not_made_up(library: Library) -> None:
    host = FakeHost(shop.containers(), library=library)
    await ask("cpu usage", library, host)
    assert host.replies[0].text == "There are no figures of the host yet."


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01\x02", "😀", "x" * 1_000_000])
async def test_nothing_and_noise_are_answered_with_what_it_can(library: Library, text: str) -> None:
    host = await ask(text, library, host_of(library))
    assert host.replies[0].text.startswith(say("en", "unknown"))


async def test_help_tells_what_there_is_without_looking_anywhere(library: Library) -> None:
    host = await ask("도움말", library, host_of(library))
    assert "런북* (8건)" in host.replies[0].text
    assert host.order == ["reply"]


async def test_refused_order_is_left_alone(library: Library) -> None:
    host = await ask("redis는 재시작하지 마세요", library, host_of(library))
    assert host.replies[0].text == "네, 그대로 두겠습니다."
    assert host.order == ["reply"]


async def test_runner_leaves_nothing_behind(library: Library) -> None:
    runner = BuiltinRunner(library)
    await runner.start()
    assert await runner.clean_up("r") == []
    await runner.close()
    assert (runner.name, runner.label) == ("builtin", "Built-in (rules)")


async def test_what_is_kept_is_plain_json(library: Library) -> None:
    host = await ask("kill redis", library, host_of(library))
    assert msgspec.json.decode(host.kept[0])["call"]["tool"] == "kill_container"


async def test_question_about_nothing_in_particular_is_about_what_is_in_trouble(library: Library) -> None:
    host = await ask("what's wrong?", library, host_of(library))
    assert re.findall(r"^- `([\w-]+)`", host.replies[0].text, re.MULTILINE) == ["web", "postgres-main"]
    host = await ask("what's wrong?", library, host_of(library, [shop.WEB, shop.WORKER]))
    assert host.called("inspect_container")[0].arguments == {"container": "web"}
    host = await ask("what's wrong?", library, host_of(library, [shop.WORKER]))
    assert "None of the containers needs attention." in host.replies[0].text
