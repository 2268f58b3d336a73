"""What is not HTTP."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.web.conftest import World


async def test_it_is_refused_without_a_trace_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    reader, writer = await asyncio.open_connection(world.client.host, world.client.port)
    writer.write(b"GET / HTTP/1.1\r\nno header at all\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
    assert caplog.records == []


async def test_the_server_goes_on(world: World) -> None:
    _, writer = await asyncio.open_connection(world.client.host, world.client.port)
    writer.write(b"\x16\x03\x01 this is TLS\r\n\r\n")
    writer.close()
    assert (await world.get("/health/live")).status == 200
