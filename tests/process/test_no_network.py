"""The assistant that needs no network uses none: whatever it is asked, the server connects to the engine alone."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.process.people import peopled
from tests.process.sessions import Room
from tests.provision.engine import IMAGE, Engine
from tests.provision.programs import program

pytestmark = [pytest.mark.engine, pytest.mark.strace, pytest.mark.timeout(180)]

QUESTIONS = (
    "what is the status?",
    "how much memory does the host use?",
    "show me the logs of web",
    "why is web down?",
    "how do I free disk space?",
    "web 재시작해줘",
    "대출 금리가 얼마인가요?",
    "I want to talk to a person",
)
_CONNECT = re.compile(r"connect\(\d+, \{sa_family=(\w+)(.*?)\}, \d+\)")


async def test_the_built_in_assistant_connects_to_the_engine_and_nothing_else(
    engine: Engine, http: ClientSession, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    # -D: the server stays our child, and the tracer is the one beside it.
    strace = (program("strace") or "strace", "-D", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(trace))
    sleep = ("run", "--detach", "--name", "web", "--network", "none", "--stop-signal", "KILL", IMAGE, "sleep", "3600")
    await asyncio.to_thread(engine.docker, *sleep)
    async with peopled(http, tmp_path, engine=engine.url, under=strace) as (_, people):
        room = await Room.open(people, people.admin)
        for question in QUESTIONS:
            run = await room.say(people.admin, question)
            if question == "web 재시작해줘":
                await room.decide(people.admin, (await room.asked(people.admin))["id"], "allow")
            assert (await room.ended(people.admin, run))["state"] == "completed"
    await asyncio.to_thread(engine.docker, "rm", "--force", "web")
    seen = await asyncio.to_thread(trace.read_text)
    connections = {(family, address) for family, address in _CONNECT.findall(seen)}
    assert {family for family, _ in connections} == {"AF_UNIX"}
    assert {re.findall(r'sun_path="(.*?)"', address)[0] for _, address in connections} == {str(engine.socket)}
    # A name is looked up, or anything sent, without a connection as well.
    assert not re.search(r"(sendto|sendmsg)\([^\n]*sa_family=AF_INET", seen)
