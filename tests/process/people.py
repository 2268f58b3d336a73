"""A real server with accounts, and everybody who may ask it for something."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.process.server import ServerProcess, serving

PASSWORD = "a horse, a battery and a staple"

# A test sends in a second what a person sends in an hour.
UNHURRIED = {"API_PER_S": "0", "HANDSHAKES_PER_S": "0", "SIGN_INS_PER_MIN": "0", "SOCKETS_PER_USER": "0"}


@dataclass(frozen=True)
class Caller:
    """Somebody with a bearer token; None is a stranger."""

    name: str
    token: str | None = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


STRANGER = Caller("stranger", None)


class People:
    """The accounts of one server, made and used over REST."""

    def __init__(self, http: ClientSession, server: ServerProcess) -> None:
        self._http = http
        self.url = server.url
        self.admin = STRANGER

    async def ask(
        self, by: Caller, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of the answer, `{}` where there is none."""
        async with self._http.request(
            method, self.url + path, json=body, headers=by.headers | headers, allow_redirects=False
        ) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else {}

    async def sign_in(self, name: str, password: str = PASSWORD) -> Caller:
        status, body = await self.ask(STRANGER, "POST", "/api/v1/auth/sign-in", {"name": name, "password": password})
        assert status == 200, body
        return Caller(name, body["access_token"])

    async def add(self, name: str, role: str, *labels: str) -> Caller:
        """Make an account and sign it in."""
        body = {"name": name, "role": role, "password": PASSWORD, "labels": list(labels)}
        status, answer = await self.ask(self.admin, "POST", "/api/v1/users", body)
        assert status == 201, answer
        return await self.sign_in(name)

    async def token(self, by: Caller, name: str, *scopes: str) -> Caller:
        """A token of `by`'s own."""
        body = {"name": name, "scopes": list(scopes)}
        status, answer = await self.ask(by, "POST", "/api/v1/account/tokens", body)
        assert status == 201, answer
        return Caller(name, answer["token"])

    async def service_token(self, name: str, role: str, *scopes: str) -> Caller:
        """A token of nobody."""
        body = {"name": name, "role": role, "scopes": list(scopes) or None}
        status, answer = await self.ask(self.admin, "POST", "/api/v1/tokens", body)
        assert status == 201, answer
        return Caller(name, answer["token"])


@asynccontextmanager
async def peopled(
    http: ClientSession, folder: Path, *, engine: str, under: Sequence[str] = (), **settings: str
) -> AsyncIterator[tuple[ServerProcess, People]]:
    """A server on which `admin` is signed in."""
    settings = {"AUTH": "on", "ADMIN_PASSWORD": PASSWORD, **UNHURRIED, **settings}
    async with serving(folder, engine=engine, under=under, **settings) as server:
        people = People(http, server)
        people.admin = await people.sign_in("admin")
        yield server, people
