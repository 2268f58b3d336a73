"""Headers that tell browsers to allow less than they would. They are on every answer, errors and sockets included."""

from __future__ import annotations

from aiohttp import web
from multidict import istr

from server.web.paths import is_api
from server.web.proxies import is_https

CONTENT_SECURITY_POLICY = istr("Content-Security-Policy")
_HSTS, _CACHE_CONTROL = istr("Strict-Transport-Security"), istr("Cache-Control")
# Without includeSubDomains: what else lives below this name is not ours to say.
_A_YEAR = "max-age=31536000"

# Nothing but a page may load anything; pages bring a policy of their own (server.web.pages).
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

HEADERS = {
    istr("X-Content-Type-Options"): "nosniff",
    istr("X-Frame-Options"): "DENY",
    istr("Referrer-Policy"): "no-referrer",
    istr("Permissions-Policy"): (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), serial=(), usb=()"
    ),
    istr("Cross-Origin-Opener-Policy"): "same-origin",
    istr("Cross-Origin-Resource-Policy"): "same-origin",
    # The versions of Python and aiohttp are nobody's business.
    istr("Server"): "Pilothouse",
}


def page_policy(nonce: str, host: str) -> str:
    """The policy of a page whose scripts carry `nonce`, served at `host`.

    `'self'` covers sockets of the same host since Chrome 98, Firefox 104 and Safari 15.4 or so; they are named for the
    older ones.
    """
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        f"font-src 'self'; connect-src 'self' ws://{host} wss://{host}; manifest-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add what the answer does not say itself; runs just before its head is sent."""
    response.headers.update(HEADERS)
    response.headers.setdefault(CONTENT_SECURITY_POLICY, _NOTHING)
    if is_api(request):
        response.headers.setdefault(_CACHE_CONTROL, "no-store")
    if is_https(request):
        response.headers[_HSTS] = _A_YEAR
