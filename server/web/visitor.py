"""Where a request about signing in comes from."""

from __future__ import annotations

from aiohttp import hdrs, web

from server.auth.records import Visitor
from server.web import cookies
from server.web.proxies import client_address

_LONGEST_AGENT = 256


def visitor(request: web.Request) -> Visitor:
    agent = request.headers.get(hdrs.USER_AGENT, "")[:_LONGEST_AGENT]
    return Visitor(
        address=client_address(request),
        # It is shown to people and stands in the audit trail: what no browser sends has no place there.
        agent="".join(letter for letter in agent if letter.isprintable()) or None,
        device=cookies.read(request, cookies.DEVICE),
    )
