"""`/api/v1/containers` and `/api/v1/operations`: the list, one container, and what is done to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast, get_args

import msgspec
from aiohttp import web

from server.protocol.client import ActionOptions
from server.protocol.codec import UnknownAction
from server.protocol.rest import OperationAnswer
from server.protocol.views import Action, OperationView
from server.web import answers, requests
from server.web.keys import ACTIONS, CONTAINERS, STAYS
from server.web.principal import principal

WAIT = requests.Seconds(
    name="wait", help="Wait this long for the outcome; the operation goes on whatever happens.", default=0, most=25
)
_OPTIONS = msgspec.json.Decoder(ActionOptions)
ACTION_NAMES: tuple[str, ...] = get_args(Action)


def list_all() -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler of the list, with its own memory of the last snapshot's ETag."""
    snapshot = answers.Snapshot()

    async def handle(request: web.Request) -> web.Response:
        return await snapshot.answer(request, request.app[CONTAINERS].list_bytes(by=principal(request)))

    return handle


async def detail(request: web.Request) -> web.Response:
    return answers.json(await request.app[CONTAINERS].detail(request.match_info["id"], by=principal(request)))


async def act(request: web.Request) -> web.Response:
    """Begin an action. 202 with the operation's address, or 200 when it was final within `wait`."""
    action = _action(request.match_info["action"])
    wait_s, key = WAIT.read(request), requests.idempotency_key(request)
    options = await requests.body(request, _OPTIONS)
    actions, by = request.app[ACTIONS], principal(request)
    operation = await actions.perform(request.match_info["id"], action, options, by=by, command_id=key)
    if wait_s and not _is_final(operation):
        with request.app[STAYS].stay(request):
            operation = await actions.wait(operation.id, wait_s, by=by)
    return _answer(operation)


async def operation(request: web.Request) -> web.Response:
    found = await request.app[ACTIONS].get(request.match_info["id"], by=principal(request))
    return answers.json(OperationAnswer(found))


def _action(name: str) -> Action:
    if name not in ACTION_NAMES:
        raise UnknownAction(f"There is no action {name!r:.40}. There are: {', '.join(ACTION_NAMES)}.")
    return cast(Action, name)


def _is_final(operation: OperationView) -> bool:
    return operation.state in ("confirmed", "failed")


def _answer(operation: OperationView) -> web.Response:
    location = {"Location": f"/api/v1/operations/{operation.id}"}
    return answers.json(OperationAnswer(operation), status=200 if _is_final(operation) else 202, headers=location)
