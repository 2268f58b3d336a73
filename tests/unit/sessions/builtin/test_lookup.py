"""Any live container is found, however many there are."""

from __future__ import annotations

import pytest

from server.protocol.views import ContainerView
from server.sessions.builtin.runner import BuiltinRunner
from server.sessions.runbooks.library import Library
from server.sessions.runner import Said, Turn
from tests.fakes import shop
from tests.fakes.run_host import FakeHost
from tests.fakes.services import container_view

MOST_LISTS = 5
MANY = [300, 2000]
COUNTS = [1, 40, *MANY]

PAYMENT = container_view("eu-payment-1", project="billing", service="checkout", state="exited", status="Exited (1)")


def crowd(count: int, *others: ContainerView) -> list[ContainerView]:
    """`count` containers, `others` the last of them."""
    fillers = [
        container_view(f"shop{number}-filler-{number}", project=f"shop{number}", attention=number % 4 == 0)
        for number in range(count - len(others))
    ]
    return [*fillers, *others]


async def ask(text: str, library: Library, containers: list[ContainerView], *history: str) -> FakeHost:
    host = FakeHost(containers, library=library, logs=shop.LOGS, metrics=shop.metrics())
    said = tuple(Said("person", "ann", one) for one in history)
    await BuiltinRunner(library).run(Turn(session="s", workspace="w", run="r", by="ann", text=text, history=said), host)
    assert len(host.called("list_containers")) <= MOST_LISTS
    return host


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    "text",
    [
        "why is the payment service down",
        "why is eu-payment-1 down?",
        "what is wrong with checkout",
        "why did billing crash",
        "why did the paymnet die?",
        "결제 서비스가 왜 죽었어?",
        "payment가 왜 죽었어",
        "billing 프로젝트 왜 죽었지",
        "checkout 원인 좀 봐줘",
    ],
)
async def test_container_is_found_by_name_part_service_and_project(library: Library, count: int, text: str) -> None:
    host = await ask(text, library, crowd(count, PAYMENT))
    assert [call.arguments["container"] for call in host.called("inspect_container")] == ["eu-payment-1"]


@pytest.mark.parametrize("count", [40, *MANY])
@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("restart web", "web"),
        ("restart web-2", "web-2"),
        ("restart shop-web-1", "shop-web-1"),
        ("web 재시작해줘", "web"),
        ("web-2를 재시작해줘", "web-2"),
        ("shop web 재시작", "shop-web-1"),
        ("restart container web-22", "web-22"),
    ],
)
async def test_name_that_begins_another_is_its_own(library: Library, count: int, text: str, target: str) -> None:
    names = ("web-22", "shop-web-1", "web-2", "web")
    host = await ask(text, library, crowd(count, *[container_view(name) for name in names]))
    assert [call.arguments["container"] for call in host.called("restart_container")] == [target]


@pytest.mark.parametrize("count", MANY)
async def test_name_among_hundreds_that_hold_it_is_found(library: Library, count: int) -> None:
    webs = [container_view(f"shop{number}-web-1", service="frontend", attention=True) for number in range(count)]
    host = await ask("restart web", library, [*webs, container_view("web")])
    assert host.called("restart_container")[0].arguments == {"container": "web"}


@pytest.mark.parametrize("count", MANY)
@pytest.mark.parametrize("text", ["restart the frontend", "frontend 재시작해줘"])
async def test_service_of_hundreds_is_asked_back_for_with_their_number(library: Library, count: int, text: str) -> None:
    webs = [container_view(f"shop{number}-web-1", service="frontend") for number in range(count)]
    host = await ask(text, library, webs)
    said = host.replies[0]
    assert (said.suggested_action, host.called("restart_container")) == ("CLARIFY", [])
    assert said.text.count("\n- ") == 11
    assert str(count - 10) in said.text.splitlines()[-1]


@pytest.mark.parametrize("count", MANY)
async def test_number_tells_which_of_hundreds(library: Library, count: int) -> None:
    host = await ask("logs of api 217", library, [container_view(f"api-{number}") for number in range(count)])
    assert host.called("container_logs")[0].arguments["container"] == "api-217"


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("text", ["restart it", "그거 재시작해줘"])
async def test_it_is_what_was_spoken_of_and_not_one_that_is_called_alike(
    library: Library, count: int, text: str
) -> None:
    alike = [container_view(f"a-web-{number}", attention=True) for number in range(count)]
    host = await ask(text, library, [*alike, container_view("web")], "how is web?")
    assert host.called("restart_container")[0].arguments == {"container": "web"}


@pytest.mark.parametrize("count", MANY)
async def test_bare_name_answers_which_one(library: Library, count: int) -> None:
    webs = [container_view(f"shop{number}-web-1") for number in range(count)]
    host = await ask("shop250-web-1", library, webs, "restart web")
    assert host.called("restart_container")[0].arguments == {"container": "shop250-web-1"}


@pytest.mark.parametrize("count", MANY)
async def test_database_is_found_under_any_name_that_databases_have(library: Library, count: int) -> None:
    host = await ask("디비 로그 보여줘", library, crowd(count, container_view("main-postgres-1")))
    assert host.called("container_logs")[0].arguments["container"] == "main-postgres-1"


@pytest.mark.parametrize("count", MANY)
@pytest.mark.parametrize("text", ["restart the mailserver", "mailserver 재시작해줘"])
async def test_name_that_nobody_bears_touches_nothing(library: Library, count: int, text: str) -> None:
    host = await ask(text, library, crowd(count))
    assert host.called("restart_container") == []
    assert host.replies[0].suggested_action == "CLARIFY"


@pytest.mark.parametrize("count", MANY)
@pytest.mark.parametrize("text", ["what is running?", "지금 뭐가 돌아가고 있어?", "status"])
async def test_status_of_a_crowd_is_short_and_counts_all(library: Library, count: int, text: str) -> None:
    host = await ask(text, library, crowd(count))
    said = host.replies[0].text
    assert said.count("\n- ") == 11
    assert str(count // 4 - 10) in said
    assert str(count - count // 4) in said
    assert len(said) < 1000
    assert len(host.called("list_containers")) == 1


@pytest.mark.parametrize("count", MANY)
async def test_what_is_wrong_names_ten_of_a_crowd_and_counts_the_others(library: Library, count: int) -> None:
    host = await ask("what's wrong?", library, crowd(count))
    assert host.replies[0].text.count("\n- `") == 10
    assert f"and {count // 4 - 10} more" in host.replies[0].text


@pytest.mark.parametrize("count", MANY)
async def test_figures_that_only_the_host_has_are_said_to_be_its_own(library: Library, count: int) -> None:
    for text in ("how much memory does eu-payment-1 use?", "which container uses the most memory?"):
        said = (await ask(text, library, crowd(count, PAYMENT))).replies[0].text
        assert said.startswith("I know the figures of the whole host, not those of one container.")
        assert "memory 75 % used" in said


async def test_page_of_pasted_log_takes_no_more_lists(library: Library) -> None:
    host = await ask("restart eu-payment-1\n" + "error word-%d at x " * 500, library, crowd(2000, PAYMENT))
    assert host.called("list_containers")[1].arguments["matching"]
