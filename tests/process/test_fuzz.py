"""A hundred thousand frames of nonsense: the process lives, its memory stays, and everybody else is served."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.protocol.client import AnyClientMessage
from tests.process.people import Caller, peopled

NO_ENGINE = "unix:///nonexistent/docker.sock"
FRAMES, IN_A_BATCH = 100_000, 2500

_types = [kind.__struct_config__.tag for kind in AnyClientMessage.__args__]
_words = st.sampled_from(
    [
        "",
        "system",
        "audit",
        "containers",
        "session:x",
        "workspace:" + "a" * 64,
        "../..",
        "\x00",
        "web",
        "restart",
        "\ud800",
    ]
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | _words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
_names = st.sampled_from(
    ["channels", "since", "to", "container", "action", "grace_s", "signal", "force", "token", "last_seq", "epoch", "id"]
)
_data = st.dictionaries(_names, _words | st.lists(_words, max_size=3) | st.integers() | _values, max_size=4)
_messages = st.fixed_dictionaries({"type": st.sampled_from(_types) | _words, "data": _data | _values}).map(json.dumps)
_frames = _messages | _values.map(json.dumps) | st.text(max_size=60) | st.binary(max_size=60)


class Memory:
    """What the process holds, batch by batch."""

    def __init__(self) -> None:
        self.seen_b: list[int] = []


@pytest.mark.timeout(600)
async def test_nonsense_is_answered_and_leaves_nothing_behind(
    http: ClientSession, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    unlimited = {"COMMANDS_PER_S": "0", "METRICS_INTERVAL_S": "60", "CONTAINERS_INTERVAL_S": "60"}
    frames = int(os.environ.get("PILOTHOUSE_TEST_FRAMES", FRAMES))
    async with peopled(http, tmp_path, engine=NO_ENGINE, **unlimited) as (server, people):
        batches = list(await asyncio.to_thread(make_batches, frames))
        memory_b = []
        for batch in batches:
            await throw(http, server.url, people.admin, batch)
            memory_b.append(server.memory_b)
        half = len(memory_b) // 2
        sent = sum(map(len, batches))
        figure(
            f"{sent} fuzzed frames: memory {memory_b[half] / 1e6:.1f} MB half-way, {memory_b[-1] / 1e6:.1f} MB after"
        )
        assert sent >= frames
        assert server.alive
        assert "Traceback" not in server.said()
        # Flat: what a thousand frames leave behind would be seen fifty times over in the second half.
        assert memory_b[-1] < memory_b[half] + 4_000_000
        status, _ = await people.ask(people.admin, "GET", "/api/v1/auth/session")
        assert status == 200


def make_batches(frames: int) -> list[list[Any]]:
    """Frames as hypothesis thinks them up, the same in every run."""
    made: list[Any] = []

    @settings(
        max_examples=max(frames // 100, 1),
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(_frames, min_size=100, max_size=110))
    def collect(batch: list[Any]) -> None:
        made.extend(batch)

    collect()
    while len(made) < frames:
        made.extend(made[: frames - len(made)])
    return [made[at : at + IN_A_BATCH] for at in range(0, len(made), IN_A_BATCH)]


async def throw(http: ClientSession, url: str, by: Caller, batch: list[Any]) -> None:
    """Send `batch`, over a new socket whenever the last was closed, and wait until all of it was read."""
    rest = batch[::-1]
    while rest:
        async with http.ws_connect(f"{url}/ws", headers=by.headers, max_msg_size=0) as socket:
            reading = asyncio.ensure_future(read(socket))  # noqa: TID251
            with suppress(ConnectionError):  # Ended for what was sent before: the rest goes over the next one.
                while rest:
                    frame = rest.pop()
                    await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))
                await socket.send_json({"type": "ping", "id": "last"})
            await reading


async def read(socket: ClientWebSocketResponse) -> None:
    """Read until the answer to the last ping, or the end."""
    async for frame in socket:
        if frame.type is WSMsgType.TEXT and '"id":"last"' in frame.data:
            return
