"""Which refusals are written at once, and what becomes of the others."""

from __future__ import annotations

import msgspec
import pytest

from server.eventlog.refusals import INTERVAL_S, MAX_HELD, MAX_KINDS, SUMMARIES, Refusals
from server.protocol.events import AuditAction, AuditData
from tests.fakes.clock import FakeClock

A_MINUTE = 60


@pytest.fixture
def refusals(clock: FakeClock) -> Refusals:
    return Refusals(clock.monotonic)


def wrong(
    actor: str = "eve",
    address: str = "192.0.2.1",
    action: AuditAction = "sign_in",
    code: str | None = "wrong_credentials",
    target: str | None = None,
    agent: str | None = None,
) -> AuditData:
    return AuditData(
        actor=actor, action=action, outcome="refused", code=code, address=address, target=target, agent=agent
    )


def counted(entries: list[AuditData]) -> int:
    return sum(entry.repeated + 1 for entry in entries)


def test_the_first_of_its_kind_is_written_as_it_is(refusals: Refusals) -> None:
    assert refusals.admit(wrong()) == wrong()
    assert not refusals


@pytest.mark.parametrize(
    "other",
    [
        wrong(actor="mallory"),
        wrong(address="192.0.2.2"),
        wrong(action="setup"),
        wrong(code="invalid_token"),
        wrong(target="web"),
    ],
)
def test_another_one_is_written_as_well(refusals: Refusals, other: AuditData) -> None:
    refusals.admit(wrong())
    assert refusals.admit(other) == other


async def test_the_same_within_ten_seconds_is_held(refusals: Refusals, clock: FakeClock) -> None:
    refusals.admit(wrong())
    await clock.advance(9.9)
    assert refusals.admit(wrong(agent="another")) is None
    assert refusals


async def test_the_same_after_ten_seconds_is_written_with_how_many_were_held(
    refusals: Refusals, clock: FakeClock
) -> None:
    for _ in range(4):
        refusals.admit(wrong())
    await clock.advance(10)
    entry = refusals.admit(wrong(agent="the last"))
    assert entry is not None
    assert (entry.agent, entry.repeated) == ("the last", 3)
    assert not refusals


def test_what_is_held_is_released_as_its_newest_with_a_count_of_the_others(refusals: Refusals) -> None:
    for n in range(4):
        refusals.admit(wrong(agent=f"{n}"))
    (entry,) = refusals.release()
    assert (entry.agent, entry.repeated) == ("3", 2)
    assert refusals.release() == []


async def test_no_more_than_sixty_a_minute_are_written_however_different_they_are(
    refusals: Refusals, clock: FakeClock
) -> None:
    written: list[int] = []
    given = 0
    for second in range(5 * A_MINUTE):
        now = [one for one in (refusals.admit(wrong(actor=f"{second} {n}")) for n in range(50)) if one is not None]
        given += 50
        if second % INTERVAL_S == INTERVAL_S - 1:
            now += refusals.release()
        written.append(len(now))
        await clock.advance(1)
    assert max(sum(written[at : at + A_MINUTE]) for at in range(len(written) - A_MINUTE)) <= 60


async def test_nothing_is_lost_from_the_count(refusals: Refusals, clock: FakeClock) -> None:
    written: list[AuditData] = []
    for second in range(100):
        given = [wrong(actor=f"{second} {n}") for n in range(40)]
        written += [one for one in map(refusals.admit, given) if one is not None]
        if second % 20 == 19:
            written += refusals.release()
        await clock.advance(1)
    assert counted(written) == 4000


def test_a_release_is_a_few_entries_the_most_repeated_ones_and_one_for_all_others(refusals: Refusals) -> None:
    for n in range(MAX_HELD + 50):
        refusals.hold(wrong(actor=f"{n}"))
    for actor in "7", "7", "9":
        refusals.hold(wrong(actor=actor))
    entries = refusals.release()
    assert len(entries) == SUMMARIES
    assert [(entry.actor, entry.repeated) for entry in entries[:2]] == [("7", 2), ("9", 1)]
    assert counted(entries) == MAX_HELD + 53
    rest = entries[-1]
    assert (rest.actor, rest.action, rest.outcome, rest.address) == (None, "access", "refused", None)
    assert rest.detail == {"left_out": f"{MAX_HELD + 50 - 4} × sign_in wrong_credentials"}


def test_as_many_as_fit_are_released_each_by_itself(refusals: Refusals) -> None:
    for n in range(SUMMARIES):
        refusals.hold(wrong(actor=f"{n}"))
    assert [entry.actor for entry in refusals.release()] == [f"{n}" for n in range(SUMMARIES)]


def test_what_is_held_is_bounded_however_different_it_is(refusals: Refusals) -> None:
    for n in range(5000):
        refusals.hold(wrong(actor=f"{n}", code=f"code-{n}"))
    assert len(refusals) == MAX_HELD + MAX_KINDS
    entries = refusals.release()
    assert counted(entries) == 5000
    assert sum(len(msgspec.json.encode(entry)) for entry in entries) < 2000
    assert "other" in entries[-1].detail["left_out"]
