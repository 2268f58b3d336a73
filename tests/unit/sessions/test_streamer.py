from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from server.protocol.server import Delta
from server.sessions.streamer import MAX_TEXT_B, RATE_B, Streamer
from server.tasks import Tasks
from tests.fakes.clock import FakeClock


class Watcher:
    """What was shown: the time, and the text, or None for the end of the state."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.shown: list[tuple[float, Delta | None]] = []

    def publish(self, channel: str, message: bytes) -> None:
        assert channel == "session:s1"
        self.shown.append((self.clock.monotonic(), msgspec.json.decode(message, type=Delta)))

    def end(self, channel: str) -> None:
        assert channel == "session:s1"
        self.shown.append((self.clock.monotonic(), None))

    @property
    def texts(self) -> list[Any]:
        return [None if delta is None else delta.data.text for _, delta in self.shown]

    @property
    def times_s(self) -> list[float]:
        return [round(time_s, 6) for time_s, _ in self.shown]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def watcher(clock: FakeClock) -> Watcher:
    return Watcher(clock)


@pytest.fixture
async def streamer(clock: FakeClock, watcher: Watcher) -> AsyncIterator[Streamer]:
    tasks = Tasks("test")
    yield Streamer(
        "s1",
        "r1",
        publish_state=watcher.publish,
        end_state=watcher.end,
        published=lambda: 7,
        clock=clock,
        tasks=tasks,
    )
    await tasks.close()


async def test_the_first_word_is_shown_at_once(streamer: Streamer, watcher: Watcher) -> None:
    streamer.add("Hel")
    ((_, delta),) = watcher.shown
    assert delta is not None
    assert (delta.data.text, delta.data.run, delta.data.message, delta.data.as_of_seq) == (
        "Hel",
        "r1",
        streamer.message,
        7,
    )


async def test_at_most_ten_a_second_are_shown_and_always_the_latest_text(
    streamer: Streamer, watcher: Watcher, clock: FakeClock
) -> None:
    for n in range(1000):
        streamer.add(f"{n} ")
        await clock.advance(0.001)
    await clock.advance(1)
    assert len(watcher.shown) <= 11
    assert all(later - earlier >= 0.0999 for earlier, later in zip(watcher.times_s, watcher.times_s[1:], strict=False))
    assert watcher.texts[-1] == "".join(f"{n} " for n in range(1000))
    assert all(len(a) < len(b) for a, b in zip(watcher.texts, watcher.texts[1:], strict=False))


async def test_what_waits_is_shown_when_nothing_more_comes(
    streamer: Streamer, watcher: Watcher, clock: FakeClock
) -> None:
    streamer.add("Hel")
    streamer.add("lo")
    await clock.advance(0.1)
    assert watcher.texts == ["Hel", "Hello"]


async def test_a_long_text_is_shown_less_often(streamer: Streamer, watcher: Watcher, clock: FakeClock) -> None:
    streamer.add("x" * (RATE_B // 2))
    for _ in range(200):
        streamer.add("y")
        await clock.advance(0.01)
    assert len(watcher.shown) == 4
    assert sum(len(text) for text in watcher.texts[:-1]) <= RATE_B * 2


async def test_a_text_that_is_too_long_to_show_waits_for_its_message(
    streamer: Streamer, watcher: Watcher, clock: FakeClock
) -> None:
    streamer.add("x")
    streamer.add("x" * MAX_TEXT_B)
    await clock.advance(10)
    assert watcher.texts == ["x"]
    with streamer.superseded("whole"):
        pass
    assert watcher.texts == ["x", None]


async def test_the_state_ends_after_its_message_was_appended_and_the_next_one_has_another_id(
    streamer: Streamer, watcher: Watcher, clock: FakeClock
) -> None:
    streamer.add("Hello")
    with streamer.superseded("Hello.") as message_id:
        assert message_id == streamer.message
        await clock.advance(1)
        assert watcher.texts == ["Hello"]
    assert watcher.texts == ["Hello", None]
    assert streamer.message != message_id
    assert streamer.text == ""


async def test_what_waited_is_not_shown_after_its_message(
    streamer: Streamer, watcher: Watcher, clock: FakeClock
) -> None:
    streamer.add("Hel")
    streamer.add("lo")
    with streamer.superseded("Hello."):
        pass
    await clock.advance(1)
    assert watcher.texts == ["Hel", None]


async def test_what_comes_while_a_message_is_appended_belongs_to_the_next(
    streamer: Streamer, watcher: Watcher, clock: FakeClock
) -> None:
    streamer.add("One")
    with streamer.superseded("One."):
        streamer.add("Two")
        await clock.advance(1)
    await clock.advance(1)
    assert watcher.texts == ["One", None, "Two"]
    assert streamer.text == "Two"


async def test_a_message_that_was_not_appended_is_still_what_was_streamed(streamer: Streamer) -> None:
    streamer.add("Hel")
    with pytest.raises(OSError, match="full"), streamer.superseded("Hello."):
        raise OSError("full")
    assert (streamer.text, streamer.size_b) == ("Hello.", 6)


async def test_a_state_that_was_never_shown_does_not_end(streamer: Streamer, watcher: Watcher) -> None:
    with streamer.superseded("Hello."):
        pass
    streamer.end()
    assert watcher.shown == []


async def test_nothing_is_shown_after_the_end(streamer: Streamer, watcher: Watcher, clock: FakeClock) -> None:
    streamer.add("Hel")
    streamer.add("lo")
    streamer.end()
    await clock.advance(1)
    assert watcher.texts == ["Hel", None]
    assert streamer.data() is None


async def test_nothing_new_is_shown_once_it_is_closed_but_the_text_is_kept(
    streamer: Streamer, watcher: Watcher, clock: FakeClock
) -> None:
    streamer.add("Hel")
    streamer.add("lo")
    streamer.close()
    await clock.advance(1)
    assert (watcher.texts, streamer.text) == (["Hel"], "Hello")
