"""Writes into the audit trail who was refused what at the doors. What a service recorded itself is not told twice."""

from __future__ import annotations

from aiohttp import web

from server.access import Principal
from server.errors import AppError, Forbidden, InvalidToken, MisdirectedHost, OriginNotAllowed, TokenRevoked
from server.eventlog.audit import told_of
from server.protocol.events import AuditData
from server.web.keys import AUDIT
from server.web.principal import IDENTITY
from server.web.visitor import visitor

# A token that has run out, or none at all, is what every browser that slept shows: no attempt at anything.
_NOTED = (Forbidden, InvalidToken, MisdirectedHost, OriginNotAllowed, TokenRevoked)


async def note_refusal(request: web.Request, error: AppError) -> None:
    """Record `error`, if it is the refusal of something. What was refused is the method and the route, whose
    placeholders keep what somebody made up out of the trail."""
    if not _is_news(error):
        return
    resource = request.match_info.route.resource
    where = visitor(request)
    entry = AuditData(
        actor=request[IDENTITY].principal.id if IDENTITY in request else None,
        action="access",
        outcome="refused",
        target=f"{request.method} {'unknown' if resource is None else resource.canonical}",
        address=where.address,
        agent=where.agent,
        code=error.code,
    )
    await request.app[AUDIT].refused(entry)


async def note_refused_message(app: web.Application, by: Principal, kind: str, error: AppError) -> None:
    """The same for a message of that kind on the socket of `by`."""
    if _is_news(error):
        await app[AUDIT].refused(told_of(by, "access", target=f"socket {kind}", error=error))


def _is_news(error: AppError) -> bool:
    return isinstance(error, _NOTED) and not error.audited
