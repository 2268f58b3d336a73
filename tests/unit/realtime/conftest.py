"""A hub over the in-memory log, and clients that a test lets read when it wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.access import LOCAL, Principal
from server.eventlog.log import EventLog, NewEvent
from server.eventlog.memory import MemoryLog
from server.realtime.close import Close
from server.realtime.connection import Connection, EventFilter
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.gate import OpenGate
from tests.fakes.transport import FakeTransport

LIMITS = Limits(
    outbox_messages=8,
    outbox_b=4096,
    mark_b=1024,
    stall_s=10,
    replay_events=40,
    replay_b=64 * 1024,
    single_page_events=10,
    page_events=4,
    page_b=32 * 1024,
    pool=5,
    remembered_closes=3,
)


class Client:
    """A connection with the transport and the goodbyes that its door would have."""

    def __init__(self, hub: Hub, principal: Principal = LOCAL, *, expires_at_s: float | None = None) -> None:
        self.transport = FakeTransport()
        self.goodbyes: list[tuple[Close, str]] = []
        self.connection: Connection = hub.admit(
            self.transport,
            principal=principal,
            expires_at_s=expires_at_s,
            door=self,
        )

    def hang_up(self, code: Close, reason: str) -> None:
        self.goodbyes.append((code, reason))

    def seqs(self) -> list[int]:
        """Let the client read everything; return the seqs of the events in it."""
        return [m["seq"] for m in self.transport.take() if "prev" in m]

    def fill(self) -> None:
        """Make the transport hold as much as the mark allows: the client has stopped reading."""
        self.transport.waiting.append(b"\x89\x00" * (LIMITS.mark_b // 2))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks("test")
    yield tasks
    await tasks.close()


@pytest.fixture
async def log(clock: FakeClock) -> AsyncIterator[MemoryLog]:
    log = MemoryLog(clock=clock)
    yield log
    await log.close()


@pytest.fixture
def gate() -> OpenGate:
    return OpenGate()


@pytest.fixture
async def hub(log: EventLog, clock: FakeClock, gate: OpenGate) -> Hub:
    hub = Hub(log, clock=clock, limits=LIMITS, gate=gate)
    await hub.start()
    return hub


Publish = Callable[..., Awaitable[list[int]]]


@pytest.fixture
def publish(log: EventLog) -> Publish:
    async def publish(channel: str = "system", count: int = 1) -> list[int]:
        stored = await log.append([NewEvent(type="test.event", channel=channel, data={"n": n}) for n in range(count)])
        return [event.seq for event in stored]

    return publish


__all__ = ["LIMITS", "Client", "EventFilter", "Publish"]
