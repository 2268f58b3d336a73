"""A server that cannot start says why, names what to do, and leaves with 1."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.process.rest import get
from tests.process.server import ServerFailed, ServerProcess, serving

NO_ENGINE = "unix:///nonexistent/docker.sock"


def as_anybody() -> Sequence[str]:
    """What makes permissions count for root too."""
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


async def refusal(server: ServerProcess) -> str:
    """What a server said that did not start."""
    with pytest.raises(ServerFailed) as failed:
        await server.start()
    assert failed.value.code == 1
    assert failed.value.said.startswith("pilothouse: ")
    assert "Traceback" not in failed.value.said
    return failed.value.said


async def test_a_port_in_use_is_named_with_the_setting_that_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = await refusal(ServerProcess(tmp_path, engine=NO_ENGINE, PORT=str(port)))

    assert f"127.0.0.1:{port}" in said
    assert "PILOTHOUSE_PORT" in said


async def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(
    http: ClientSession, tmp_path: Path
) -> None:
    async with serving(tmp_path, engine=NO_ENGINE) as first:
        said = await refusal(ServerProcess(tmp_path, engine=NO_ENGINE))
        health = await get(http, f"{first.url}/health")

    assert f"process {first.pid}" in said
    assert "PILOTHOUSE_DATA" in said
    assert health["parts"]["log"]["state"] == "ok"


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, engine=NO_ENGINE, under=as_anybody())
    server.data.mkdir(mode=0o500)

    said = await refusal(server)

    assert str(server.data) in said
    assert f"uid {os.geteuid()}" in said
    assert "PILOTHOUSE_DATA" in said


async def test_a_database_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, engine=NO_ENGINE, under=as_anybody())
    server.data.mkdir()
    database = server.data / "pilothouse.db"
    database.touch(mode=0o400)

    said = await refusal(server)

    assert str(database) in said


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, engine=NO_ENGINE)
    server.data.mkdir()
    database = server.data / "pilothouse.db"
    database.write_bytes(b"somebody's diary\n" * 512)

    said = await refusal(server)

    assert str(database) in said
    assert database.read_bytes() == b"somebody's diary\n" * 512


async def test_a_wrong_setting_is_named_with_what_is_allowed(tmp_path: Path) -> None:
    said = await refusal(ServerProcess(tmp_path, engine=NO_ENGINE, HEARTBEAT_S="often"))

    assert "PILOTHOUSE_HEARTBEAT_S='often'" in said
    assert "at least 0.2" in said


async def test_an_address_that_others_can_reach_is_refused(tmp_path: Path) -> None:
    said = await refusal(ServerProcess(tmp_path, engine=NO_ENGINE, HOST="0.0.0.0"))

    assert "PILOTHOUSE_AUTH" in said


async def test_a_server_without_an_engine_serves_and_says_what_is_missing(http: ClientSession, tmp_path: Path) -> None:
    async with serving(tmp_path, engine=NO_ENGINE) as server:
        async with http.get(f"{server.url}/health/ready") as ready:
            health = await ready.json()
        async with http.get(f"{server.url}/") as page:
            shown = page.status

    assert (ready.status, health["state"]) == (200, "degraded")
    assert "/nonexistent/docker.sock" in health["parts"]["engine"]["message"]
    assert shown == 200
