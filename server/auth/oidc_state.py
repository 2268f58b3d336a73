"""A sign-in between its two halves: it travels in a cookie, so that strangers who begin many cost no memory."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from server.auth.oidc_errors import OidcRefused
from server.clock import Clock

STATE_S = 600
MOST_USED = 10_000
LONGEST_RETURN = 1024
_SEED_B = 32

Mac = Callable[[str, bytes], bytes]
"""32 bytes that only this server can make, for a purpose and of some bytes."""


@dataclass(frozen=True, slots=True)
class Pending:
    """One sign-in that was begun. `verifier` is PKCE's (RFC 7636); `return_to` a path of this server."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    return_to: str


class States:
    """Makes the cookie of a sign-in and takes it once.

    The cookie holds a random seed, when it ends and where to go, and a MAC over them. State, nonce and verifier are
    MACs of the seed: nobody who sees the address line of the browser can make one out of the other.
    """

    def __init__(self, mac: Mac, clock: Clock, *, most_used: int = MOST_USED) -> None:
        self._mac = mac
        self._clock = clock
        self._most_used = most_used
        # Seeds that came back, with when they end, oldest first. When it is full the oldest goes: the provider takes a
        # code only once as well, so what this adds is that nobody has to rely on it.
        self._used: dict[str, float] = {}

    def __len__(self) -> int:
        """How many are remembered that came back."""
        return len(self._used)

    def new(self, return_to: str) -> tuple[Pending, str]:
        """Return a new sign-in and its cookie, good for 10 minutes."""
        seed = secrets.token_urlsafe(_SEED_B)
        text = f"{seed}.{int(self._clock.now()) + STATE_S}.{_encode(local_path(return_to).encode())}"
        return self._pending(seed, local_path(return_to)), f"{text}.{self._sign(text)}"

    def take(self, cookie: str | None, state: str) -> Pending:
        """Return the sign-in that `cookie` was made for; the cookie is used up by this.

        Raises:
            OidcRefused: the cookie is missing, none of ours, too old or used, or `state` is of another sign-in.
        """
        text, _, proof = (cookie or "").rpartition(".")
        parts = text.split(".")
        if len(parts) != 3 or not _same(proof, self._sign(text)):
            raise OidcRefused("This sign-in was begun in another browser, or not at all. Begin again.")
        seed, until, return_to = parts[0], float(parts[1]), parts[2]
        pending = self._pending(seed, _decode(return_to).decode())
        if not _same(state, pending.state):
            raise OidcRefused("This answer belongs to another sign-in. Begin again.")
        now_s = self._clock.now()
        if until <= now_s:
            raise OidcRefused("This sign-in took more than 10 minutes. Begin again.")
        if seed in self._used:
            raise OidcRefused("This sign-in was finished already. Begin again.")
        self._used = {known: end for known, end in self._used.items() if end > now_s}
        if len(self._used) >= self._most_used:
            del self._used[next(iter(self._used))]
        self._used[seed] = until
        return pending

    def _pending(self, seed: str, return_to: str) -> Pending:
        state, nonce, verifier = (_encode(self._mac(f"oidc {word}", seed.encode())) for word in _DERIVED)
        return Pending(state, nonce, verifier, return_to)

    def _sign(self, text: str) -> str:
        return _encode(self._mac("oidc cookie", text.encode(errors="replace")))


_DERIVED = ("state", "nonce", "verifier")


def local_path(text: str) -> str:
    """Return `text` if it is the address of a page of this server, else `/`.

    A browser takes `//host`, `/\\host` and `/<tab>/host` for another server.
    """
    visible = all("!" <= letter <= "~" for letter in text)
    if not visible or "\\" in text or len(text) > LONGEST_RETURN:
        return "/"
    if not text.startswith("/") or text.startswith(("//", "/api/")):
        return "/"
    return text


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
