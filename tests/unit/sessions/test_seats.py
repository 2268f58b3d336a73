"""Seats of runs, and whose they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.sessions.seats import Seats, holder
from server.tasks import Tasks


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks("test")
    yield tasks
    await tasks.close()


class Room:
    """Runs that sit until they are sent away."""

    def __init__(self, seats: Seats, tasks: Tasks) -> None:
        self.seated: list[str] = []
        self._seats, self._tasks = seats, tasks

    async def come(self, *principals: str) -> list[asyncio.Task[None]]:
        came = [self._tasks.spawn(principal, self._sit(principal)) for principal in principals]
        for _ in range(5):
            await asyncio.sleep(0)
        return came

    async def _sit(self, principal: str) -> None:
        async with self._seats.taken(principal):
            self.seated.append(principal)
            try:
                await asyncio.Event().wait()
            finally:
                self.seated.remove(principal)


async def test_one_person_and_their_tokens_leave_a_quarter_to_others(tasks: Tasks) -> None:
    room = Room(Seats(4), tasks)
    await room.come("ann", "ann:ci", "ann", "ann:ci", "bob")
    assert room.seated == ["ann", "ann:ci", "ann", "bob"]


async def test_two_seats_are_for_whoever_comes(tasks: Tasks) -> None:
    room = Room(Seats(2), tasks)
    await room.come("ann", "ann", "bob")
    assert room.seated == ["ann", "ann"]


async def test_who_leaves_makes_room_for_another(tasks: Tasks) -> None:
    room = Room(Seats(2), tasks)
    _, bob, *_ = await room.come("ann", "bob", "ann", "carl")
    assert room.seated == ["ann", "bob"]
    bob.cancel()
    await room.come()
    assert room.seated == ["ann", "ann"]


async def test_who_gives_up_waiting_takes_nobody_s_place(tasks: Tasks) -> None:
    room = Room(Seats(2), tasks)
    first, second, _ = await room.come("ann", "ann", "ann")
    second.cancel()
    first.cancel()
    await room.come()
    assert room.seated == ["ann"]


async def test_with_one_seat_everybody_gets_it_in_turn(tasks: Tasks) -> None:
    room = Room(Seats(1), tasks)
    (first, _) = await room.come("ann", "bob")
    first.cancel()
    await room.come()
    assert room.seated == ["bob"]


@pytest.mark.parametrize(
    ("principal", "whose"), [("ann", "ann"), ("ann:ci", "ann"), ("token:ci", "token:ci"), ("local", "local")]
)
def test_tokens_of_nobody_have_limits_of_their_own(principal: str, whose: str) -> None:
    assert holder(principal) == whose
