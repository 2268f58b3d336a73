from __future__ import annotations

import pytest

from server.sessions.builtin.observed import Container
from server.sessions.builtin.targets import find

SHOP = ["web", "web-admin", "shop-api-1", "shop-api-2", "redis", "postgres-main", "logs"]


def live(*names: str) -> list[Container]:
    return [Container(name=name) for name in names]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("restart web", ["web"]),
        ("restart web.", ["web"]),
        ("restart WEB-ADMIN!", ["web-admin"]),
        ("web이 죽었어", ["web"]),
        ("웹서버가 죽었어", ["web"]),
        ("레디스로그좀", ["redis"]),
        ("`redis`를 재시작", ["redis"]),
        ("shop-api-2", ["shop-api-2"]),
        ("shop api 2", ["shop-api-2"]),
        ("the api", ["shop-api-1", "shop-api-2"]),
        ("redis and web", ["web", "redis"]),
        ("postgres", ["postgres-main"]),
        ("the database", ["postgres-main"]),
        ("디비 상태", ["postgres-main"]),
        ("rediss", ["redis"]),
        ("postgers", ["postgres-main"]),
    ],
)
def test_container_is_found_as_people_call_it(text: str, names: list[str]) -> None:
    assert find(text, live(*SHOP)).names == names


@pytest.mark.parametrize(
    "text", ["mailserver", "webhook", "website", "웹툰 추천", "my-redis-2", "redis2", "show the logs", ""]
)
def test_another_word_is_no_container(text: str) -> None:
    assert find(text, live(*SHOP)).names == []


def test_ordinary_word_is_a_name_where_it_is_marked_as_one() -> None:
    assert find("show the logs of `logs`", live(*SHOP)).names == ["logs"]
    assert find("the container logs", live(*SHOP)).names == ["logs"]


def test_service_of_compose_is_a_name() -> None:
    containers = [Container(name="shop-web-1", service="frontend"), Container(name="other")]
    assert find("frontend", containers).names == ["shop-web-1"]


def test_whole_name_wins_over_one_that_holds_it() -> None:
    assert find("web", live("web-admin", "web")).names == ["web"]


def test_name_wins_over_a_service_that_is_called_so() -> None:
    containers = [Container(name="shop-web-1", service="web"), Container(name="web"), Container(name="web-2")]
    assert find("web", containers).names == ["web"]
    assert find("shop web", containers).names == ["shop-web-1"]


def test_project_is_all_that_belongs_to_it() -> None:
    containers = [Container(name="shop-web-1", project="shop"), Container(name="cart", project="shop")]
    assert find("status of shop", [*containers, Container(name="other")]).names == ["shop-web-1", "cart"]


def test_beginning_of_a_name_is_enough_if_nothing_fits_better() -> None:
    assert find("graf", live("grafana-1", "web")).names == ["grafana-1"]
    assert find("does it work", live("worker")).names == []


@pytest.mark.parametrize(
    "text", ["the last 2 lines", "2 minutes ago", "마지막 2줄", "exit code 2", "max 2 of 3", "the mailserver 2"]
)
def test_number_alone_names_nothing(text: str) -> None:
    assert find(text, live("api-2", "api-3")).names == []


@pytest.mark.parametrize("text", ["api 2", "graf 2", "last 3 lines of api 2", "api 2번 재시작", "2 of api"])
def test_number_tells_which_one(text: str) -> None:
    assert find(text, live("api-1", "api-2", "api-3", "grafana-1", "grafana-2")).names in (["api-2"], ["grafana-2"])


def test_nothing_is_a_target_that_is_not_there() -> None:
    assert find("restart web", live("redis")).names == []
    assert find("restart web", []).names == []


def test_names_are_taken_out_of_what_remains_to_be_read() -> None:
    assert find("restart start-page now", live("start-page")).rest.split() == ["restart", "now"]
    assert find("웹로그 보여줘", live("web")).rest.split() == ["로그", "보여줘"]
