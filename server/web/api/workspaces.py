"""`/api/v1/workspaces`: who works together, and who of them may what."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.access import MemberRole
from server.protocol.identity import MemberBody, NewWorkspaceBody
from server.web import answers, requests
from server.web.keys import AUTH
from server.web.principal import principal

_NEW = msgspec.json.Decoder(NewWorkspaceBody)
_MEMBER = msgspec.json.Decoder(MemberBody)


async def workspaces(request: web.Request) -> web.Response:
    return answers.json(request.app[AUTH].workspaces.list(principal(request)))


async def add(request: web.Request) -> web.Response:
    body = await requests.body(request, _NEW)
    by = principal(request)
    return answers.json(await request.app[AUTH].workspaces.add(by, body.name), status=201)


async def set_member(request: web.Request) -> web.Response:
    body = await requests.body(request, _MEMBER)
    by = principal(request)
    workspace, user = request.match_info["id"], request.match_info["user"]
    role = MemberRole[body.role.upper()]
    return answers.json(await request.app[AUTH].workspaces.set_member(by, workspace, user, role))


async def remove_member(request: web.Request) -> web.Response:
    workspace, user = request.match_info["id"], request.match_info["user"]
    await request.app[AUTH].workspaces.remove_member(principal(request), workspace, user)
    return web.Response(status=204)
