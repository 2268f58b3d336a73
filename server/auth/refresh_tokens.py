"""Refresh tokens: `<sign-in>.<generation>.<mac>`. The server can tell its own without keeping any of them."""

from __future__ import annotations

import base64
import hmac
import re

import msgspec

from server.auth.vault import Vault

_MOST_CHARACTERS = 128
_FORM = re.compile(r"([0-9A-Z]{26})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})", re.ASCII)


class Refresh(msgspec.Struct, frozen=True):
    """What a genuine token says: which sign-in, and the how many-th token of it this is."""

    login: str
    generation: int


class RefreshTokens:
    """Makes and knows them."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def issue(self, login: str, generation: int) -> str:
        """Return the token `generation` of the sign-in `login`: always the same one."""
        return f"{login}.{generation}.{self._mac(login, generation)}"

    def read(self, token: str) -> Refresh | None:
        """Return what `token` says, None when it was not made here or was changed."""
        form = _FORM.fullmatch(token) if len(token) <= _MOST_CHARACTERS else None
        if form is None:
            return None
        login, generation, mac = form[1], int(form[2]), form[3]
        return Refresh(login, generation) if hmac.compare_digest(mac, self._mac(login, generation)) else None

    def _mac(self, login: str, generation: int) -> str:
        mac = self._vault.mac("refresh", f"{login}.{generation}".encode())
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
