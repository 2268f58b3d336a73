"""Signing in through an OpenID Connect provider: authorization code with PKCE, state and nonce."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from server.auth.directory import Directory
from server.auth.oidc_accounts import OidcAccounts
from server.auth.oidc_errors import OidcRefused
from server.auth.oidc_settings import OidcSettings
from server.auth.oidc_state import Mac, States
from server.auth.records import Grant, Visitor
from server.auth.traces import Traces
from server.clock import Clock
from server.errors import AppError
from server.eventlog.audit import Audit

if TYPE_CHECKING:
    from server.auth.oidc_provider import Provider


class Begin(Protocol):
    """Signs in somebody who has proved who they are (`SignIns.begin`)."""

    async def __call__(self, user_name: str, *, visitor: Visitor, how: Literal["oidc"]) -> Grant: ...


class Oidc:
    """Both halves of a sign-in: the way to the provider and the way back."""

    def __init__(
        self, settings: OidcSettings, directory: Directory, audit: Audit, clock: Clock, *, mac: Mac, begin: Begin
    ) -> None:
        """`mac` as `Vault.mac`. The provider is not asked before somebody wants to sign in: it may be down."""
        self._settings = settings
        self._traces = Traces(audit)
        self._clock = clock
        self._begin = begin
        self._states = States(mac, clock)
        self._accounts = OidcAccounts(settings, directory, audit, clock)
        self._loading = asyncio.Lock()
        self._provider: Provider | None = None

    @property
    def name(self) -> str:
        """What the sign-in button calls the provider."""
        return self._settings.name

    async def begin(self, return_to: str, redirect_uri: str) -> tuple[str, str]:
        """Return the provider's address for the browser, and the value of the cookie that it needs to come back.

        `return_to` is where it goes afterwards: a path of this server, `/` for anything else. `redirect_uri` is the
        callback's address as the provider knows it.

        Raises:
            OidcUnavailable: the provider cannot be asked.
        """
        pending, cookie = self._states.new(return_to)
        provider = await self._loaded()
        return await provider.authorization_url(pending, redirect_uri), cookie

    async def complete(
        self, query: Mapping[str, str], state_cookie: str | None, redirect_uri: str, *, visitor: Visitor
    ) -> tuple[Grant, str]:
        """Return the grant of the person whom the provider has sent back with `query`, and the path to go to.

        Raises:
            OidcRefused: this is not the sign-in that the browser began, or the provider does not let them in here.
            OidcUnavailable: the provider cannot be asked.
        """
        claims: dict[str, Any] = {}
        try:
            pending = self._states.take(state_cookie, query.get("state", ""))
            provider = await self._loaded()
            code = await provider.check_answer(query)
            claims = await provider.claims(code, pending, redirect_uri)
            user = await self._accounts.account(claims, visitor)
        except OidcRefused as error:
            await self._note(error, claims, visitor)
            raise
        return await self._begin(user.name, visitor=visitor, how="oidc"), pending.return_to

    async def _loaded(self) -> Provider:
        async with self._loading:
            if self._provider is None:
                self._provider = await asyncio.to_thread(_load, self._settings, self._clock)
            return self._provider

    async def _note(self, error: AppError, claims: Mapping[str, Any], visitor: Visitor) -> None:
        named = claims.get("preferred_username")
        detail = {"how": "oidc", "reason": error.message}
        if "sub" in claims:
            detail["subject"] = f"{self._settings.issuer}#{claims['sub']}"
        await self._traces.refused("sign_in", named if isinstance(named, str) else None, visitor, error, **detail)


def _load(settings: OidcSettings, clock: Clock) -> Provider:
    from server.auth.oidc_provider import Provider

    return Provider(settings, clock)
