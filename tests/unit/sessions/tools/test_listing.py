"""The list of containers, on hosts with many of them."""

from __future__ import annotations

from typing import Any

import pytest

from server.protocol.views import ContainerView, Port
from server.sessions.tools import answers, listing
from server.sessions.tools.specs import Listing
from tests.fakes.run_host import listed
from tests.fakes.services import container_view


def ask(views: list[ContainerView], **asked: Any) -> dict[str, Any]:
    return listing.containers(listed(views), Listing(**asked))


def shown(views: list[ContainerView], **asked: Any) -> list[str]:
    return [one["name"] for one in ask(views, **asked)["containers"]]


def crowd(count: int, **fields: Any) -> list[ContainerView]:
    """Containers as compose makes them."""
    return [
        container_view(f"shop{number // 10}-service-{number}", project=f"shop{number // 10}", **fields)
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [1, 40, 300, 2000])
def test_every_container_is_shown_or_named_or_counted_within_the_room_there_is(count: int) -> None:
    answer = ask(crowd(count))
    named = sum(map(len, answer.get("only_named", {}).values()))
    assert len(answer["containers"]) + named + answer["left_out"] == answer["found"] == count
    assert len(answers.text(answer)) < 16 * 1024
    assert ("narrow" in answer) == (len(answer["containers"]) < count)


def test_forty_are_shown_in_full_and_of_three_hundred_every_name() -> None:
    ports = [Port(80, "tcp", 8080, "0.0.0.0")]
    assert len(shown(crowd(40, ports=ports, condition="healthy", status="Up 3 hours (healthy)"))) == 40
    assert ask(crowd(300))["left_out"] == 0


@pytest.mark.parametrize("count", [300, 2000])
def test_all_that_need_attention_come_before_the_first_that_needs_none(count: int) -> None:
    bad = [f"z-bad-{number}" for number in range(150)]
    trouble = [container_view(name, attention=True, state="exited", status="Exited (1)", exit_code=1) for name in bad]
    answer = ask([*crowd(count), *trouble])
    in_full = [one["name"] for one in answer["containers"]]
    assert in_full + answer["only_named"]["attention"] == bad


def test_what_goes_without_saying_is_not_said() -> None:
    (row,) = ask([container_view("web")])["containers"]
    assert row == {"name": "web", "image": "nginx:1", "state": "running", "status": "Up 2 hours"}


def test_those_that_fit_best_come_first_whatever_else_fits() -> None:
    views = [
        container_view("aweb", attention=True),
        container_view("x", image="registry/web:1"),
        *[container_view(f"shop-web-{number}", attention=True) for number in range(100)],
        container_view("web-2"),
        container_view("y", service="web"),
        container_view("web"),
        container_view("other"),
    ]
    names = shown(views, matching="web")
    assert names[:2] == ["y", "web"]
    assert names[2].startswith("shop-web-")
    assert ask(views, matching="web")["found"] == len(views) - 1
    assert shown(views, matching="the web-2?")[0] == "web-2"


def test_a_container_that_two_words_fit_comes_before_those_that_one_fits() -> None:
    views = [container_view(f"api-{number}") for number in range(300)]
    assert shown(views, matching="api 217")[0] == "api-217"


@pytest.mark.parametrize("word", ["payment", "PAYMENT-API", "`pay`", "eu-billing", "billing", "frontdoor", "abcdef12"])
def test_a_container_is_found_by_name_service_project_image_and_id(word: str) -> None:
    odd = container_view(
        "payment-api-1", id="abcdef12" + "0" * 56, project="eu-billing", service="gate", image="x/frontdoor:2"
    )
    assert shown([*crowd(2000), odd], matching=word) == ["payment-api-1"]


@pytest.mark.parametrize("words", ["nosuch", "?!", "c0ff", "결제"])
def test_what_fits_nothing_finds_nothing(words: str) -> None:
    assert ask(crowd(50), matching=words)["found"] == 0


def test_a_list_of_one_state_has_no_other() -> None:
    views = [
        container_view("up"),
        container_view("held", state="paused"),
        container_view("gone", state="exited"),
        container_view("bad", attention=True),
    ]
    assert shown(views, state="running") == ["bad", "up", "held"]
    assert shown(views, state="stopped") == ["gone"]
    assert shown(views, state="attention") == ["bad"]
