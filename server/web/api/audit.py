"""`/api/v1/audit`: the audit trail, newest first."""

from __future__ import annotations

from typing import get_args

from aiohttp import web

from server.access import Permission, require
from server.protocol.events import AuditAction, AuditOutcome
from server.web import answers, requests
from server.web.keys import TRAIL
from server.web.principal import principal

BEFORE = requests.Seq(name="before", help="Only entries with a smaller seq; absent: from the newest.")
LIMIT = requests.Integer(name="limit", help="Entries in one page.", default=50, least=1, most=200)
ACTOR = requests.Text(name="actor", help="Only what this one did or tried.", longest=160)
ACTION = requests.Choice(name="action", help="Only this action.", words=get_args(AuditAction))
OUTCOME = requests.Choice(name="outcome", help="Only this outcome.", words=get_args(AuditOutcome))


async def page(request: web.Request) -> web.Response:
    require(principal(request), Permission.AUDIT)
    found = await request.app[TRAIL].page(
        before=BEFORE.read(request),
        limit=LIMIT.read(request),
        actor=ACTOR.read(request),
        action=ACTION.read(request),
        outcome=OUTCOME.read(request),
    )
    return answers.json(found)
