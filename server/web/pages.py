"""The one page: a shell around the interface, whatever its address."""

from __future__ import annotations

import asyncio
import re
import secrets

import aiohttp_jinja2
import jinja2
from aiohttp import web

from server.errors import NotFound
from server.web.assets import folder
from server.web.keys import ASSETS
from server.web.middlewares.security_headers import CONTENT_SECURITY_POLICY, page_policy

SHELL, NOT_BUILT = "index.html", "not-built.html"

# A file that browsers and robots ask for at the root; the interface has no screen of such a name.
_MISSING_FILE = re.compile(r"/[^/]+\.(?:css|ico|jpe?g|js|json|map|png|svg|txt|webmanifest|woff2?|xml)")


def setup(app: web.Application) -> None:
    """Prepare the templates. They are read once, at the start, and not while requests are served."""
    texts: dict[str, str] = {}
    environment = aiohttp_jinja2.setup(
        app, loader=jinja2.DictLoader(texts), auto_reload=False, trim_blocks=True, lstrip_blocks=True
    )

    def read() -> None:
        for name in (SHELL, NOT_BUILT):
            texts[name] = (folder("templates") / name).read_text(encoding="utf-8")
            environment.get_template(name)

    async def read_in_a_thread(_: web.Application) -> None:
        await asyncio.to_thread(read)

    app.on_startup.append(read_in_a_thread)


async def page(request: web.Request) -> web.Response:
    """The interface at `/` and at every other address that a person asks for.

    Raises:
        NotFound: it was not a person's browser, or it asked for a file.
    """
    path = request.path
    if path != "/" and ("text/html" not in request.headers.get("Accept", "") or _MISSING_FILE.fullmatch(path)):
        raise NotFound(f"There is nothing at {path!r:.200}.")
    entry = request.app[ASSETS].entry
    if entry is None:
        response = aiohttp_jinja2.render_template(NOT_BUILT, request, {}, status=503)
        response.headers["Cache-Control"] = "no-store"
        return response
    nonce = secrets.token_urlsafe(16)
    context = {"entry": entry, "nonce": nonce, "language": _language(request)}
    response = aiohttp_jinja2.render_template(SHELL, request, context)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Language"
    response.headers[CONTENT_SECURITY_POLICY] = page_policy(nonce, request.headers["Host"])
    return response


def _language(request: web.Request) -> str:
    """What the page begins in; the interface corrects it when the person has chosen another language."""
    first = request.headers.get("Accept-Language", "").partition(",")[0]
    return "ko" if first.strip().lower().startswith("ko") else "en"
