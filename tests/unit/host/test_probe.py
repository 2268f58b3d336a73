"""Calls that may never return."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from server.host.probe import MAX_THREADS, Probe, Stuck


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """What a call of a test waits for; let go at the test's end, so that no thread stays."""
    event = threading.Event()
    yield event
    event.set()


def read() -> int:
    return 7


async def test_a_call_that_returns_gives_its_value() -> None:
    assert await Probe().call("disk", read, within_s=5) == 7


async def test_a_call_that_fails_raises_what_it_raised() -> None:
    def fail() -> int:
        raise PermissionError("no")

    with pytest.raises(PermissionError):
        await Probe().call("disk", fail, within_s=5)


async def test_a_call_that_does_not_return_is_not_waited_for(stuck: threading.Event) -> None:
    with pytest.raises(Stuck):
        await Probe().call("disk", stuck.wait, within_s=0.01)


async def test_it_is_not_made_again_while_it_hangs_and_the_others_are(stuck: threading.Event) -> None:
    probe, calls = Probe(), []

    def hang() -> bool:
        calls.append(1)
        return stuck.wait()

    for _ in range(3):
        with pytest.raises(Stuck):
            await probe.call("disk", hang, within_s=0.01)
    assert len(calls) == 1
    assert await probe.call("other disk", read, within_s=5) == 7


async def test_it_is_made_again_once_it_has_returned(stuck: threading.Event) -> None:
    probe, returned = Probe(), threading.Event()

    def hang() -> bool:
        stuck.wait()
        returned.set()
        return True

    with pytest.raises(Stuck):
        await probe.call("disk", hang, within_s=0.01)
    stuck.set()
    await probe.call("wait", returned.wait, within_s=5)
    # The loop learns of both ends in their order.
    assert await probe.call("disk", read, within_s=5) == 7


async def test_only_so_many_threads_may_hang(stuck: threading.Event) -> None:
    probe = Probe()
    for number in range(MAX_THREADS):
        with pytest.raises(Stuck):
            await probe.call(f"disk {number}", stuck.wait, within_s=0)
    with pytest.raises(Stuck):
        await probe.call("one more", read, within_s=5)
