"""`/api/v1/users` and `/api/v1/tokens`: the accounts and tokens that administrators manage."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.protocol.identity import NewPasswordBody, NewServiceTokenBody, NewUserBody, UserChangeBody
from server.web import answers, requests
from server.web.keys import AUTH
from server.web.principal import principal

_NEW = msgspec.json.Decoder(NewUserBody)
_CHANGE = msgspec.json.Decoder(UserChangeBody)
_PASSWORD = msgspec.json.Decoder(NewPasswordBody)
_TOKEN = msgspec.json.Decoder(NewServiceTokenBody)


async def users(request: web.Request) -> web.Response:
    return answers.json(request.app[AUTH].people.list(principal(request)))


async def add_user(request: web.Request) -> web.Response:
    body = await requests.body(request, _NEW)
    by = principal(request)
    return answers.json(await request.app[AUTH].people.add(by, body), status=201)


async def change_user(request: web.Request) -> web.Response:
    body = await requests.body(request, _CHANGE)
    by = principal(request)
    return answers.json(await request.app[AUTH].people.change(by, request.match_info["name"], body))


async def set_password(request: web.Request) -> web.Response:
    body = await requests.body(request, _PASSWORD)
    by = principal(request)
    await request.app[AUTH].people.set_password(by, request.match_info["name"], body.password)
    return web.Response(status=204)


async def remove_second_factor(request: web.Request) -> web.Response:
    await request.app[AUTH].people.remove_second_factor(principal(request), request.match_info["name"])
    return web.Response(status=204)


async def end_logins(request: web.Request) -> web.Response:
    await request.app[AUTH].people.end_logins(principal(request), request.match_info["name"])
    return web.Response(status=204)


async def tokens(request: web.Request) -> web.Response:
    return answers.json(request.app[AUTH].tokens.list_all(principal(request)))


async def create_token(request: web.Request) -> web.Response:
    body = await requests.body(request, _TOKEN)
    by = principal(request)
    return answers.json(await request.app[AUTH].tokens.create(by, body), status=201)


async def revoke_token(request: web.Request) -> web.Response:
    await request.app[AUTH].tokens.revoke(principal(request), request.match_info["id"])
    return web.Response(status=204)
