"""Browsers in which somebody signed in before, by a cookie that says who. It opens nothing: it only keeps the failures
of others from counting against that person (see `throttle`)."""

from __future__ import annotations

import base64
import hmac
import secrets

from server.auth.vault import Vault

_NONCE_B = 12
_MOST_CHARACTERS = 128


class Devices:
    """Makes and knows these cookies; nothing of them is stored."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def issue(self, user: str) -> str:
        """Return a new cookie for a browser in which `user` signed in."""
        nonce = secrets.token_hex(_NONCE_B)
        return f"{nonce}.{self._mac(user, nonce)}"

    def known(self, user: str, cookie: str | None) -> str | None:
        """Return what tells the browser that sent `cookie` from the others of `user`; None where nobody of that name
        ever signed in there."""
        if cookie is None or len(cookie) > _MOST_CHARACTERS or not cookie.isascii():
            return None
        nonce, _, given = cookie.partition(".")
        return nonce if hmac.compare_digest(given, self._mac(user, nonce)) else None

    def _mac(self, user: str, nonce: str) -> str:
        mac = self._vault.mac("device", f"{user}\0{nonce}".encode())
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
