"""People and tokens from the command line, beside a running server and without one."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from pathlib import Path

from aiohttp import ClientSession

from tests.process.people import PASSWORD, STRANGER, Caller, People, peopled
from tests.process.server import CHECKOUT, ServerProcess, serving

NO_ENGINE = "unix:///nonexistent/docker.sock"


async def run(folder: Path, *words: str, given: str = "") -> tuple[int | None, str, str]:
    """The exit code of a command, and what it printed on its standard output and error."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("PILOTHOUSE_")}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", *words),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        cwd=CHECKOUT,
        env={**others, "PILOTHOUSE_DATA": str(folder / "data")},
    )
    out, err = await process.communicate(given.encode())
    return process.returncode, out.decode(), err.decode()


async def test_without_a_server_an_account_is_made_that_can_sign_in_later(http: ClientSession, tmp_path: Path) -> None:
    code, said, _ = await run(tmp_path, "user", "add", "ann", "--role", "operator", given=f"{PASSWORD}\n")
    assert (code, said) == (0, "ann can sign in as operator.\n")
    async with serving(tmp_path, engine=NO_ENGINE, AUTH="on") as server:
        people = People(http, server)
        ann = await people.sign_in("ann")
        assert (await people.ask(ann, "GET", "/api/v1/containers"))[0] == 200


async def test_a_token_is_printed_alone_and_works(http: ClientSession, tmp_path: Path) -> None:
    async with serving(tmp_path, engine=NO_ENGINE, AUTH="on") as server:
        code, said, complaint = await run(tmp_path, "token", "create", "ci", "--role", "viewer", "--days", "7")
        assert (code, complaint) == (0, "")
        token = Caller("ci", said.removesuffix("\n"))
        people = People(http, server)
        assert (await people.ask(token, "GET", "/api/v1/containers"))[0] == 200
        assert (await people.ask(token, "GET", "/api/v1/users"))[0] == 403
        _, listed, _ = await run(tmp_path, "token", "list")
        assert "ci" in listed
        assert said.strip() not in listed
        identity = listed.splitlines()[1].split()[0]
        assert (await run(tmp_path, "token", "revoke", identity))[0] == 0
        assert (await people.ask(token, "GET", "/api/v1/containers"))[0] == 401


async def test_a_new_password_from_the_host_lets_its_person_in_again(http: ClientSession, tmp_path: Path) -> None:
    async with peopled(http, tmp_path, engine=NO_ENGINE) as (_, people):
        code, _, complaint = await run(tmp_path, "user", "passwd", "admin", given="an entirely new password\n")
        assert (code, complaint) == (0, "")
        assert (await people.ask(people.admin, "GET", "/api/v1/users"))[0] == 401
        await people.sign_in("admin", "an entirely new password")


async def test_what_is_refused_says_why_and_ends_with_an_error(tmp_path: Path) -> None:
    for words, given, code in (
        (("user", "add", "ann"), "short\n", "weak_password"),
        (("user", "add", "аnn"), f"{PASSWORD}\n", "invalid_name"),  # the first letter is Cyrillic
        (("user", "disable", "nobody"), "", "user_not_found"),
        (("token", "revoke", "nothing"), "", "token_not_found"),
    ):
        status, said, complaint = await run(tmp_path, *words, given=given)
        assert (status, said) == (1, "")
        assert complaint.endswith(f"({code})\n"), complaint


async def test_every_command_leaves_its_line_in_a_trail_that_verifies(http: ClientSession, tmp_path: Path) -> None:
    assert (await run(tmp_path, "user", "add", "ann", given=f"{PASSWORD}\n"))[0] == 0
    assert (await run(tmp_path, "user", "disable", "ann"))[0] == 0
    code, said, _ = await run(tmp_path, "audit", "verify")
    assert code == 0, said
    _, exported, _ = await run(tmp_path, "audit", "export")
    assert '"action":"user_added"' in exported
    assert '"action":"user_disabled"' in exported
    assert '"actor":"console"' in exported


async def test_a_changed_line_of_the_trail_is_found(tmp_path: Path) -> None:
    assert (await run(tmp_path, "user", "add", "ann", given=f"{PASSWORD}\n"))[0] == 0
    with sqlite3.connect(tmp_path / "data" / "pilothouse.db") as database:
        changed = database.execute(
            "UPDATE events SET text = CAST(replace(text, 'console', 'nobody!') AS BLOB) WHERE channel = 'audit'"
        )
        assert changed.rowcount > 0
    code, _, complaint = await run(tmp_path, "audit", "verify")
    assert code == 1
    assert "audit_broken" in complaint


async def test_the_link_that_is_printed_makes_the_first_administrator_once(http: ClientSession, tmp_path: Path) -> None:
    async with serving(tmp_path, engine=NO_ENGINE, AUTH="on") as server:
        link = await set_up_link(server)
        people = People(http, server)
        assert (await people.ask(STRANGER, "GET", "/api/v1/auth/session"))[1]["setup"] is True
        wrong = {"token": "guessed", "name": "eve", "password": PASSWORD}
        assert (await people.ask(STRANGER, "POST", "/api/v1/auth/setup", wrong))[0] == 403
        body = {"token": link.partition("#")[2], "name": "root", "password": PASSWORD}
        both = await asyncio.gather(*(people.ask(STRANGER, "POST", "/api/v1/auth/setup", body) for _ in range(2)))
        assert sorted(status for status, _ in both) == [200, 409]
        root = await people.sign_in("root")
        assert (await people.ask(root, "GET", "/api/v1/users"))[0] == 200


async def set_up_link(server: ServerProcess) -> str:
    line = await server.next_line()
    assert "/setup#" in line, line
    return line.split()[-1]
