"""`/api/v1/sessions` and `/api/v1/runs`: what is said in a session, and what answers."""

from __future__ import annotations

from typing import cast

import msgspec
from aiohttp import web

from server.protocol.sessions import (
    CommandBody,
    HandoverBody,
    NewMessageBody,
    NewSessionBody,
    SessionChangeBody,
    SessionState,
)
from server.web import answers, requests
from server.web.keys import SESSIONS
from server.web.principal import principal

WORKSPACE = requests.Text(name="workspace", help="Only sessions of this workspace.")
STATE = requests.Choice(name="state", help="Only sessions in this state.", words=("open", "closed"))
CURSOR = requests.Text(name="before", help="The `next` of the page before this one.")
LIMIT = requests.Integer(name="limit", help="How many sessions at most.", default=50, least=1, most=100)
BEFORE = requests.Seq(name="before", help="Only events with a smaller seq.")
EVENTS = requests.Integer(name="limit", help="How many events at most.", default=200, least=1, most=500)

_NEW = msgspec.json.Decoder(NewSessionBody)
_CHANGE = msgspec.json.Decoder(SessionChangeBody)
_MESSAGE = msgspec.json.Decoder(NewMessageBody)
_COMMAND = msgspec.json.Decoder(CommandBody)
_HANDOVER = msgspec.json.Decoder(HandoverBody)


async def runners(request: web.Request) -> web.Response:
    return answers.json(request.app[SESSIONS].runners(principal(request)))


async def sessions(request: web.Request) -> web.Response:
    workspace, state = WORKSPACE.read(request), STATE.read(request)
    before, limit = CURSOR.read(request), LIMIT.read(request)
    by = principal(request)
    chosen = cast("SessionState | None", state)
    found = request.app[SESSIONS].list(by, workspace=workspace, state=chosen, before=before, limit=limit)
    return answers.json(found)


async def open_one(request: web.Request) -> web.Response:
    key = requests.idempotency_key(request)
    body = await requests.body(request, _NEW)
    return answers.json(await request.app[SESSIONS].open(principal(request), body, command_id=key), status=201)


async def detail(request: web.Request) -> web.Response:
    limit, by = EVENTS.read(request), principal(request)
    return answers.raw_json(await request.app[SESSIONS].detail(by, request.match_info["id"], limit=limit))


async def events(request: web.Request) -> web.Response:
    before, limit, by = BEFORE.read(request), EVENTS.read(request), principal(request)
    session = request.match_info["id"]
    return answers.raw_json(await request.app[SESSIONS].page(by, session, before=before, limit=limit))


async def rename(request: web.Request) -> web.Response:
    body = await requests.body(request, _CHANGE)
    by = principal(request)
    return answers.json(await request.app[SESSIONS].rename(by, request.match_info["id"], body.title))


async def close(request: web.Request) -> web.Response:
    return answers.json(await request.app[SESSIONS].close(principal(request), request.match_info["id"]))


async def post(request: web.Request) -> web.Response:
    key = requests.idempotency_key(request)
    body = await requests.body(request, _MESSAGE)
    by = principal(request)
    posted = await request.app[SESSIONS].post(by, request.match_info["id"], body.text, command_id=key)
    return answers.json(posted, status=202)


async def command(request: web.Request) -> web.Response:
    key = requests.idempotency_key(request)
    body = await requests.body(request, _COMMAND)
    by, session = principal(request), request.match_info["id"]
    return answers.json(await request.app[SESSIONS].command(by, session, body.command, command_id=key))


async def handover(request: web.Request) -> web.Response:
    body = await requests.body(request, _HANDOVER)
    by, session = principal(request), request.match_info["id"]
    return answers.json(await request.app[SESSIONS].handover(by, session, body.step, body.reason))


async def run(request: web.Request) -> web.Response:
    return answers.json(await request.app[SESSIONS].run(principal(request), request.match_info["id"]))


async def stop_run(request: web.Request) -> web.Response:
    return answers.json(await request.app[SESSIONS].stop_run(principal(request), request.match_info["id"]))
