"""What stands on either side of a sign-in through a provider: a browser that is sent around, and who grants it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

from server.auth.records import Grant, Visitor


@dataclass
class FakeSignIns:
    """Grants whatever it is asked for. `begun`: the accounts, in order."""

    begun: list[tuple[str, str]] = field(default_factory=list)

    async def begin(self, user_name: str, *, visitor: Visitor, how: Literal["oidc"]) -> Grant:
        self.begun.append((user_name, how))
        return Grant(
            user=user_name,
            login="login",
            access_token="access",
            access_expires_at=0.0,
            refresh_token="refresh",
            refresh_expires_at=0.0,
            device=None,
        )


class FakeBrowser:
    """Keeps cookies and follows redirects at the provider, until it is sent back to `home`."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._client = httpx.AsyncClient(trust_env=False)

    async def visit(self, url: str, **further: str) -> dict[str, str]:
        """Go to `url`, with `further` in its query, and return the query that comes back to `home`."""
        parts = urlsplit(url)
        url = parts._replace(query=urlencode([*parse_qsl(parts.query), *further.items()])).geturl()
        for _ in range(10):
            if url.startswith(self._home):
                return dict(parse_qsl(urlsplit(url).query))
            answer = await self._client.get(url)
            assert answer.is_redirect, (answer.status_code, answer.text[:500])
            url = urljoin(url, answer.headers["Location"])
        raise AssertionError("the provider sends the browser around in circles")

    async def close(self) -> None:
        await self._client.aclose()
