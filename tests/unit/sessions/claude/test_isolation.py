"""The proof at the start: an agent that could open what it must not is never started."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from server.errors import StartupError
from tests.fakes.agent_place import UID, Place


async def refusal(place: Place, **settings: Any) -> str:
    """Why a runner does not start with `settings`."""
    runner = place.runner(**settings)
    with pytest.raises(StartupError) as refused:
        await runner.start()
    return refused.value.message


async def test_it_starts_where_everything_is_closed(place: Place) -> None:
    runner = place.runner()
    await runner.start()
    assert (place.root / "work").stat().st_uid == UID
    assert (place.root / "work").stat().st_mode & 0o777 == 0o700
    await runner.close()


async def test_a_socket_that_the_agent_can_open_is_refused(place: Place) -> None:
    place.socket.chmod(0o666)
    assert "can open the engine's socket" in await refusal(place)


async def test_a_socket_of_the_agents_own_group_is_refused(place: Place) -> None:
    os.chown(place.socket, 0, UID)
    assert "can open the engine's socket" in await refusal(place)


async def test_a_socket_that_nobody_listens_at_is_refused_all_the_same(place: Place) -> None:
    place.socket.unlink()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(place.socket))
    place.socket.chmod(0o666)
    assert "can open the engine's socket" in await refusal(place)


async def test_an_engine_that_is_not_there_yet_is_waited_for(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.socket.unlink()
    runner = place.runner()
    await runner.start()
    assert "agents wait for the engine" in caplog.text
    await runner.close()


@pytest.mark.parametrize("engine", ["http://127.0.0.1:2375", "https://127.0.0.1:2376", "tcp://127.0.0.1:2375", ""])
async def test_an_engine_on_the_network_is_refused(place: Place, engine: str) -> None:
    assert "open to every user of this machine" in await refusal(place, engine=engine)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o733])
async def test_a_data_folder_that_the_agent_can_open_is_refused(place: Place, mode: int) -> None:
    os.chown(place.data, 0, UID)
    place.data.chmod(mode)
    assert "chmod 0700" in await refusal(place)


async def test_a_file_that_can_be_opened_in_a_folder_that_cannot_be_listed_is_refused(place: Place) -> None:
    place.data.chmod(0o711)
    (place.data / "pilothouse.db").chmod(0o644)
    assert "pilothouse.db" in await refusal(place)


@pytest.mark.parametrize("user", ["root", "0"])
async def test_root_is_refused(place: Place, user: str) -> None:
    assert "is root" in await refusal(place, claude_user=user)


async def test_a_user_that_is_not_there_is_refused(place: Place) -> None:
    assert "there is no such user" in await refusal(place, claude_user="nobody-of-this-name")


async def test_a_program_that_the_agent_cannot_run_is_refused(place: Place) -> None:
    (place.root / "claude").chmod(0o700)
    assert "cannot run PILOTHOUSE_CLAUDE" in await refusal(place)


async def test_a_folder_of_somebody_else_is_refused(place: Place) -> None:
    (place.root / "work").mkdir(mode=0o700)
    assert "cannot write PILOTHOUSE_CLAUDE_FOLDER" in await refusal(place)


async def test_a_launcher_that_does_not_change_the_user_is_refused(place: Place) -> None:
    launcher = script(place.root / "launcher", 'while [ "$1" != TERM ]; do shift; done; shift; exec "$@"')
    assert "did not become the user" in await refusal(place, claude_launcher=launcher)


async def test_a_launcher_that_keeps_a_group_is_refused(place: Place) -> None:
    keeping = f'exec setpriv --reuid {UID} --regid {UID} --groups 0 --no-new-privs "$@"'
    launcher = script(place.root / "launcher", f'while [ "$1" != TERM ]; do shift; done; shift; {keeping}')
    assert "did not become the user" in await refusal(place, claude_launcher=launcher)


async def test_a_launcher_that_is_not_there_is_refused(place: Place) -> None:
    assert "cannot be run by the server" in await refusal(place, claude_launcher="/nowhere/setpriv")


async def test_a_launcher_that_fails_is_told_with_its_words(place: Place) -> None:
    launcher = script(place.root / "launcher", "echo Operation not permitted >&2; exit 127")
    assert "Operation not permitted" in await refusal(place, claude_launcher=launcher)


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)
