"""Too much in too short a time."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import WSServerHandshakeError, web

from server.access import Identity, Principal, Role
from server.config import Config
from server.errors import InvalidToken
from server.web import keys
from tests.unit.web.conftest import Routes, World, code_of

LIST = "/api/v1/containers"
BURST = 20


class Tokens:
    """A token is the name of its user; `bad` is none."""

    def by_token(self, token: str, *, address: str | None) -> Identity:
        if token == "bad":
            raise InvalidToken("It is none of ours.")
        return Identity(Principal(id=f"{token}:ci", user=token, role=Role.ADMIN))

    def current(self, principal: Principal) -> Principal | None:
        return principal


@pytest.fixture
def config() -> Config:
    return Config(trusted_proxies=("127.0.0.1",), pool=3)


@pytest.fixture
def more_routes() -> Routes:
    def add(app: web.Application) -> None:
        app[keys.IDENTITIES] = Tokens()

    return add


async def ask(world: World, address: str, user: str = "ann", path: str = LIST) -> int:
    headers = {"X-Forwarded-For": address, "Authorization": f"Bearer {user}"}
    async with world.client.get(path, headers=headers) as response:
        return response.status


async def test_what_the_interface_loads_at_its_start_passes_at_once(world: World) -> None:
    assert set(await asyncio.gather(*(ask(world, "203.0.113.1") for _ in range(10)))) == {200}


async def test_a_client_over_its_limit_is_told_when_to_come_back(world: World) -> None:
    for _ in range(BURST):
        await ask(world, "203.0.113.1")
    refused = await world.get(LIST, X_Forwarded_For="203.0.113.1", Authorization="Bearer ann")

    assert refused.status == 429
    assert await code_of(refused) == "rate_limited"
    assert refused.headers["Retry-After"] == "2"
    assert refused.headers["RateLimit"] == '"api";r=0;t=2'
    assert refused.headers["RateLimit-Policy"] == '"api";q=20;w=2'


async def test_after_that_time_it_is_served_again(world: World) -> None:
    for _ in range(BURST + 1):
        await ask(world, "203.0.113.1")
    await world.clock.advance(2)
    assert await ask(world, "203.0.113.1") == 200


async def test_every_answer_of_the_api_says_what_is_left(world: World) -> None:
    response = await world.get(LIST, X_Forwarded_For="203.0.113.1", Authorization="Bearer ann")
    assert response.headers["RateLimit"] == '"api";r=19;t=2'


async def test_one_user_has_one_limit_from_wherever(world: World) -> None:
    answers = [await ask(world, f"203.0.113.{n}") for n in range(BURST + 1)]
    assert answers == [200] * BURST + [429]
    assert await ask(world, "203.0.113.99", user="ben") == 200


async def test_the_addresses_of_one_ipv6_network_have_one_limit(world: World) -> None:
    answers = [await ask(world, f"2001:db8::{n:x}", user=f"user{n}") for n in range(BURST + 1)]
    assert answers == [200] * BURST + [429]


async def test_guessing_tokens_is_limited_before_one_is_looked_at(world: World) -> None:
    answers = [await ask(world, "203.0.113.1", user="bad") for _ in range(BURST + 1)]
    assert answers == [401] * BURST + [429]


async def test_pages_files_and_health_are_not_counted(world: World) -> None:
    for path in ("/", "/health/live", "/assets/main-AAAA.js"):
        answers = {await ask(world, "203.0.113.1", path=path) for _ in range(BURST + 5)}
        assert answers == {200}


async def test_sockets_over_the_limit_are_refused_before_the_upgrade(world: World) -> None:
    async def open_socket() -> int:
        headers = {"X-Forwarded-For": "203.0.113.1", "Authorization": "Bearer ann"}
        try:
            socket = await world.client.ws_connect("/ws", headers=headers)
        except WSServerHandshakeError as refused:
            return refused.status
        await socket.close()
        return 101

    assert [await open_socket() for _ in range(11)] == [101] * 10 + [429]


async def test_a_flood_of_refusals_is_one_line_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(BURST * 2):
        await ask(world, "203.0.113.1")
    assert [record.getMessage() for record in caplog.records].count("too many requests") == 1


class TestWithoutLimits:
    @pytest.fixture
    def config(self) -> Config:
        return Config(api_per_s=0, handshakes_per_s=0, pool=3)

    async def test_nothing_is_refused(self, world: World) -> None:
        assert {await ask(world, "203.0.113.1") for _ in range(BURST * 3)} == {200}


class TestWithoutSignIn:
    @pytest.fixture
    def config(self) -> Config:
        return Config(auth="off", pool=3)

    async def test_nothing_is_refused(self, world: World) -> None:
        assert {await ask(world, "203.0.113.1") for _ in range(BURST * 3)} == {200}
