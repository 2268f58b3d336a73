"""`/api/v1/permissions` and the policies of workspaces: what agents may do, and who said so."""

from __future__ import annotations

from typing import cast, get_args

import msgspec
from aiohttp import web

from server.protocol.sessions import DecisionBody, PermissionState, PolicyBody
from server.web import answers, requests
from server.web.keys import SESSIONS
from server.web.principal import principal

STATE = requests.Choice(
    name="state", help="Requests in this state.", default="pending", words=get_args(PermissionState)
)

_DECISION = msgspec.json.Decoder(DecisionBody)
_POLICY = msgspec.json.Decoder(PolicyBody)


async def permissions(request: web.Request) -> web.Response:
    state, by = cast(PermissionState, STATE.read(request)), principal(request)
    return answers.json(await request.app[SESSIONS].pending(by, state=state))


async def permission(request: web.Request) -> web.Response:
    return answers.json(await request.app[SESSIONS].permission(principal(request), request.match_info["id"]))


async def decide(request: web.Request) -> web.Response:
    body = await requests.body(request, _DECISION)
    by, one = principal(request), request.match_info["id"]
    return answers.json(await request.app[SESSIONS].decide(by, one, body.decision, body.reason))


async def extend(request: web.Request) -> web.Response:
    return answers.json(await request.app[SESSIONS].extend(principal(request), request.match_info["id"]))


async def policy(request: web.Request) -> web.Response:
    return answers.json(request.app[SESSIONS].policy(principal(request), request.match_info["id"]))


async def set_policy(request: web.Request) -> web.Response:
    body = await requests.body(request, _POLICY)
    by, one = principal(request), request.match_info["id"]
    return answers.json(await request.app[SESSIONS].set_policy(by, one, body))
