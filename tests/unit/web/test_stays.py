"""Requests that stay."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server.errors import TooBusy
from server.tasks import Tasks
from server.web.stays import ShuttingDown, Stays


class Line(asyncio.Transport):
    """A transport that is there until it is not."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = False

    def is_closing(self) -> bool:
        return self.closing


def request_over(line: Line) -> web.Request:
    return make_mocked_request("GET", "/", transport=line)


@pytest.fixture
def stays() -> Stays:
    return Stays(limit=2)


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
