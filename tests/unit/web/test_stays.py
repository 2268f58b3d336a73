"""Requests that stay."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server.access import Identity, Principal, Role
from server.errors import TokenExpired, TokenRevoked, TooBusy
from server.tasks import Tasks
from server.web.keys import IDENTITIES
from server.web.principal import IDENTITY
from server.web.stays import ShuttingDown, Stays
from tests.fakes.clock import FakeClock
from tests.fakes.identities import FakeIdentities

ANN = Principal("ann", Role.VIEWER, user="ann")
BEN = Principal("ben", Role.VIEWER, user="ben")


class Line(asyncio.Transport):
    """A transport that is there until it is not, and who uses it."""

    def __init__(self, principal: Principal = ANN, expires_at_s: float | None = None) -> None:
        super().__init__()
        self.closing = False
        self.principal = principal
        self.expires_at_s = expires_at_s
        self.identities = FakeIdentities()

    def is_closing(self) -> bool:
        return self.closing


def request_over(line: Line) -> web.Request:
    app = web.Application()
    app[IDENTITIES] = line.identities
    request = make_mocked_request("GET", "/", transport=line, app=app)
    request[IDENTITY] = Identity(line.principal, line.expires_at_s)
    return request


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def stays(clock: FakeClock) -> Stays:
    return Stays(limit=2, clock=clock)


async def stay(stays: Stays, line: Line) -> None:
    with stays.stay(request_over(line)):
        await asyncio.Event().wait()


async def begin(stays: Stays, *lines: Line) -> list[asyncio.Task[None]]:
    tasks = Tasks("test")
    begun = [tasks.spawn("stay", stay(stays, line)) for line in lines]
    await asyncio.sleep(0)
    return begun


async def test_only_so_many_stay_at_a_time(stays: Stays) -> None:
    begun = await begin(stays, Line(), Line())
    with pytest.raises(TooBusy):
        await stay(stays, Line())
    begun[0].cancel()
    await asyncio.wait([begun[0]])
    assert len(stays) == 1


async def test_who_has_become_more_during_the_request_stays_with_what_they_have_now(stays: Stays) -> None:
    line = Line(replace(ANN, credential="login"))
    line.identities.changed["ann"] = more = replace(ANN, credential="login", role=Role.OPERATOR)
    (begun,) = await begin(stays, line)
    stays.reauthorise(lambda _: more)
    assert not begun.cancelling()


async def test_one_user_does_not_hold_every_place(clock: FakeClock) -> None:
    stays = Stays(limit=4, clock=clock, per_user=2)
    begun = await begin(stays, Line(), Line(replace(ANN, id="ann:ci", credential="token")))
    with pytest.raises(TooBusy):
        await stay(stays, Line())
    await begin(stays, Line(BEN))
    assert len(stays) == 3
    begun[0].cancel()
    await asyncio.wait([begun[0]])
    await begin(stays, Line())
    assert len(stays) == 3


async def test_one_whose_client_left_ends_and_the_others_stay(stays: Stays) -> None:
    gone, there = Line(), Line()
    first, second = await begin(stays, gone, there)
    gone.closing = True
    stays.look()
    await asyncio.wait([first])
    assert first.cancelled()
    assert not second.done()


async def test_a_shutdown_ends_all_of_them_with_a_reason(stays: Stays) -> None:
    begun = await begin(stays, Line(), Line())
    stays.close()
    await asyncio.wait(begun)
    assert [type(task.exception()) for task in begun] == [ShuttingDown, ShuttingDown]
    assert len(stays) == 0


async def test_nobody_comes_to_stay_after_the_shutdown_began(stays: Stays) -> None:
    stays.close()
    with pytest.raises(ShuttingDown):
        await stay(stays, Line())


async def test_whose_access_is_revoked_ends_and_the_others_stay(stays: Stays) -> None:
    ann, ben = await begin(stays, Line(ANN), Line(BEN))
    stays.reauthorise(lambda principal: None if principal == ANN else principal)
    await asyncio.wait([ann])
    assert isinstance(ann.exception(), TokenRevoked)
    assert not ben.done()


async def test_whose_rights_have_changed_is_sent_away_to_ask_again(stays: Stays) -> None:
    ann, ben = await begin(stays, Line(ANN), Line(BEN))
    stays.reauthorise(lambda principal: replace(principal, labels=("team=a",)) if principal == ANN else principal)
    await asyncio.wait([ann])
    error = ann.exception()
    assert isinstance(error, TooBusy)
    assert error.temporary
    assert not ben.done()


async def test_nothing_that_was_about_to_be_sent_is_sent_after_a_change(stays: Stays) -> None:
    read: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    sent = []

    async def page() -> None:
        with stays.stay(request_over(Line(ANN))):
            sent.append(await read)

    tasks = Tasks("test")
    reading = tasks.spawn("page", page())
    await asyncio.sleep(0)
    read.set_result("what only an admin may see")
    stays.reauthorise(lambda principal: None)
    await asyncio.wait([reading])
    assert sent == []
    assert isinstance(reading.exception(), TokenRevoked)


async def test_two_reasons_to_end_are_one_end(stays: Stays) -> None:
    (ann,) = await begin(stays, Line(ANN))
    stays.reauthorise(lambda principal: None)
    stays.close()
    await asyncio.wait([ann])
    assert isinstance(ann.exception(), TokenRevoked)


async def test_whose_token_ran_out_ends_after_the_time_to_refresh_it(stays: Stays, clock: FakeClock) -> None:
    short, long = await begin(stays, Line(ANN, clock.now() + 60), Line(BEN))
    await clock.advance(60 + 24)
    stays.look()
    await asyncio.sleep(0)
    assert not short.done()
    await clock.advance(1)
    stays.look()
    await asyncio.wait([short])
    assert isinstance(short.exception(), TokenExpired)
    assert not long.done()
