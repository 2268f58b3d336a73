"""Writes into the audit trail who was refused what at the doors. What a service recorded itself is not told twice."""

from __future__ import annotations

from aiohttp import web

from server.access import Principal
from server.errors import AppError, Forbidden, InvalidToken, MisdirectedHost, OriginNotAllowed, TokenRevoked
from server.protocol.events import AuditData
from server.web.keys import AUDIT
from server.web.principal import IDENTITY
from server.web.visitor import visitor

# A token that has run out, or none at all, is what every browser that slept shows: no attempt at anything.
_NOTED = (Forbidden, InvalidToken, MisdirectedHost, OriginNotAllowed, TokenRevoked)


async def note_refused_message(app: web.Application, by: Principal, kind: str, error: AppError) -> None:
    """The same for a message of that kind on the socket of `by`."""
    if error.audited or not isinstance(error, _NOTED):
        return
    entry = AuditData(
        actor=by.id, action="access", outcome="refused", target=f"socket {kind}", address=by.address, code=error.code
    )
    await app[AUDIT].refused(entry)


async def note_refusal(request: web.Request, error: AppError, *, what: str | None = None) -> None:
    """Record `error`, if it is the refusal of something. `what` was refused; by default it is the method and the route,
    whose placeholders keep what somebody made up out of the trail."""
    if error.audited or not isinstance(error, _NOTED):
        return
    resource = request.match_info.route.resource
    where = visitor(request)
    entry = AuditData(
        actor=request[IDENTITY].principal.id if IDENTITY in request else None,
        action="access",
        outcome="refused",
        target=what or f"{request.method} {'unknown' if resource is None else resource.canonical}",
        address=where.address,
        agent=where.agent,
        code=error.code,
    )
    await request.app[AUDIT].refused(entry)
