"""`/api/v1/account/…`: what a person does with their own account."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.protocol.identity import CodeBody, ConfirmBody, NewTokenBody, PasswordBody
from server.web import answers, requests
from server.web.keys import AUTH
from server.web.principal import principal

_PASSWORD = msgspec.json.Decoder(PasswordBody)
_CONFIRM = msgspec.json.Decoder(ConfirmBody)
_CODE = msgspec.json.Decoder(CodeBody)
_TOKEN = msgspec.json.Decoder(NewTokenBody)


async def change_password(request: web.Request) -> web.Response:
    """End the other sign-ins with it: whoever knew the old one is out."""
    body = await requests.body(request, _PASSWORD)
    by = principal(request)
    await request.app[AUTH].people.change_password(by, body.current, body.new)
    return web.Response(status=204)


async def logins(request: web.Request) -> web.Response:
    return answers.json(request.app[AUTH].sign_ins.logins(principal(request)))


async def revoke_login(request: web.Request) -> web.Response:
    await request.app[AUTH].sign_ins.revoke(principal(request), request.match_info["id"])
    return web.Response(status=204)


async def revoke_other_logins(request: web.Request) -> web.Response:
    await request.app[AUTH].sign_ins.revoke_others(principal(request))
    return web.Response(status=204)


async def tokens(request: web.Request) -> web.Response:
    return answers.json(request.app[AUTH].tokens.list_own(principal(request)))


async def create_token(request: web.Request) -> web.Response:
    body = await requests.body(request, _TOKEN)
    by = principal(request)
    return answers.json(await request.app[AUTH].tokens.create_own(by, body), status=201)


async def revoke_token(request: web.Request) -> web.Response:
    await request.app[AUTH].tokens.revoke_own(principal(request), request.match_info["id"])
    return web.Response(status=204)


async def begin_second_factor(request: web.Request) -> web.Response:
    body = await requests.body(request, _CONFIRM)
    by = principal(request)
    return answers.json(await request.app[AUTH].second_factors.begin(by, body.password))


async def confirm_second_factor(request: web.Request) -> web.Response:
    body = await requests.body(request, _CODE)
    by = principal(request)
    return answers.json(await request.app[AUTH].second_factors.confirm(by, body.code))


async def remove_second_factor(request: web.Request) -> web.Response:
    body = await requests.body(request, _CONFIRM)
    by = principal(request)
    await request.app[AUTH].second_factors.remove(by, body.password)
    return web.Response(status=204)
