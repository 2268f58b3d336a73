"""Whose a token is, as a test wants it."""

from __future__ import annotations

from dataclasses import replace

from server.access import Identity, Principal, Role
from server.errors import InvalidToken, Unauthenticated


class FakeIdentities:
    """`tokens`: what each stands for, or why it does not count. `changed`: who a principal is now, by its id."""

    def __init__(self) -> None:
        self.tokens: dict[str, Identity | Unauthenticated] = {}
        self.changed: dict[str, Principal | None] = {}

    def add(self, token: str, name: str, *, expires_at_s: float | None = None, role: Role = Role.VIEWER) -> Principal:
        """Let `token` be of the person `name`."""
        principal = Principal(name, role, user=name, credential=f"login-{name}")
        self.tokens[token] = Identity(principal, expires_at_s)
        return principal

    def by_token(self, token: str, *, address: str | None) -> Identity:
        known = self.tokens.get(token, InvalidToken("It is none of ours."))
        if isinstance(known, Unauthenticated):
            raise known
        return Identity(replace(known.principal, address=address), known.expires_at_s)

    def current(self, principal: Principal) -> Principal | None:
        return self.changed.get(principal.id, principal)
