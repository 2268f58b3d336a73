"""A provider that answers as a test wants it: above all with ID tokens that must not count."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

CLIENT_ID = "pilothouse"
CLIENT_SECRET = "a client secret of more than 32 bytes, so that HS256 takes it"

Claims = dict[str, Any]


def rsa_key(kid: str = "first") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid})


def ec_key(kid: str = "first") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


def ed_key(kid: str = "first") -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid})


def secret_key() -> OctKey:
    """What somebody has who knows the client's secret."""
    return OctKey.import_key(CLIENT_SECRET, {"kid": "first"})


class FakeProvider:
    """Takes any code. `claims` are those of the next ID token, over `extra`; `sign` makes the token out of them;
    `keys` is what the JWKS document holds; `metadata` is laid over the discovery document. `asked`: paths of the
    requests. `answer`: what each request gets instead, where it is set. While `free` is cleared, none gets any."""

    def __init__(self, key: Key, now: Callable[[], float]) -> None:
        self.keys: list[dict[str, Any]] = [public(key)]
        self.key = key
        self.algorithm = "RS256"
        self.extra: Claims = {}
        self.header: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.token_error: str | None = None
        self.answer: Callable[[], web.Response] | None = None
        self.free = asyncio.Event()
        self.free.set()
        self.tamper: Callable[[str], str] = lambda token: token
        self.asked: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.authorizations: list[str] = []
        self.issuer = ""
        self.nonce = ""
        self._now = now

    def authorize(self, url: str) -> dict[str, str]:
        """The query that brings the browser back from `url`."""
        query = parse_qs(urlsplit(url).query)
        self.nonce = query["nonce"][0]
        return {"code": "a code", "state": query["state"][0], "iss": self.issuer}

    def claims(self) -> Claims:
        now_s = int(self._now())
        told = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "1001",
            "nonce": self.nonce,
            "iat": now_s,
            "exp": now_s + 300,
            "preferred_username": "ann",
            "groups": ["ops"],
        }
        return {name: value for name, value in {**told, **self.extra}.items() if value is not None}

    def id_token(self) -> str:
        header = {"alg": self.algorithm, "kid": self.key.kid, **self.header}
        header = {name: value for name, value in header.items() if value is not None}
        with warnings.catch_warnings():
            # EdDSA has a newer name (RFC 9864) that providers do not use yet.
            warnings.simplefilter("ignore", SecurityWarning)
            return self.tamper(jwt.encode(header, self.claims(), self.key, algorithms=[self.algorithm]))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeProvider]:
        """Listen on loopback."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        server = TestServer(app, host="127.0.0.1")
        await server.start_server()
        self.issuer = str(server.make_url("")).rstrip("/")
        try:
            yield self
        finally:
            await server.close()

    async def _handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        await self.free.wait()
        if self.answer is not None:
            return self.answer()
        if request.path == "/.well-known/openid-configuration":
            return web.json_response(self._discovery())
        if request.path == "/jwks":
            return web.json_response({"keys": self.keys})
        self.forms.append(parse_qs(await request.text()))
        self.authorizations.append(request.headers.get("Authorization", ""))
        if self.token_error is not None:
            return web.json_response({"error": self.token_error}, status=400)
        return web.json_response(
            {"access_token": "an access token", "token_type": "Bearer", "id_token": self.id_token()}
        )

    def _discovery(self) -> dict[str, Any]:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "scopes_supported": ["openid", "profile", "email"],
        }
        return {name: value for name, value in {**document, **self.metadata}.items() if value is not None}


def public(key: Key, **further: Any) -> dict[str, Any]:
    """What the JWKS document says of `key`."""
    return {**key.as_dict(private=False), **further}
