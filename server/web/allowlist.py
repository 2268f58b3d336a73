"""Which hosts this server answers for, and whose pages may open sockets and change things.

Any page in the operator's browser can send requests to loopback, and after a DNS rebinding it can read the answers. A
rebound name still stands in `Host`, and a foreign page still stands in `Origin`: both are held against a list, because
an Origin that merely equals the Host proves nothing after a rebinding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from server.config import is_loopback
from server.errors import MisdirectedHost, OriginNotAllowed, StartupError

# RFC 9110, section 7.2: a name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
_HOST = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_REMEMBERED_HOSTS = 64

Address = tuple[str, int | None]
"""A host name in lower case, and the port if one was written."""


class AllowList:
    """Loopback, and the origins the operator named."""

    def __init__(self, origins: Iterable[str]) -> None:
        """`origins` as in `https://ops.example.net`.

        Raises:
            StartupError: one of them is not an origin.
        """
        self._origins = {_configured_origin(origin) for origin in origins}
        self._names = {name for name, _ in self._origins}
        # Every request asks, nearly always the same; only what is allowed is remembered, so nobody else can fill it.
        self._seen: dict[str, Address] = {}

    def check_host(self, hosts: list[str]) -> Address:
        """Return the host and port that a request's `Host` headers name.

        The port is not compared: a tunnel or a published container port changes it, and a rebound name does not.

        Raises:
            MisdirectedHost: none, several or a malformed one, or a host that this server does not answer for.
        """
        text = hosts[0] if len(hosts) == 1 else ""
        seen = self._seen.get(text)
        if seen is not None:
            return seen
        address = _address(text)
        if address is None or not (is_loopback(address[0]) or address[0] in self._names):
            raise MisdirectedHost(
                f"This server does not answer for the host {text!r:.100}. "
                "To reach it by that name, add its origin to PILOTHOUSE_ORIGINS, as in https://ops.example.net."
            )
        if len(self._seen) < _REMEMBERED_HOSTS:
            self._seen[text] = address
        return address

    def check_origin(self, host: Address, *, origins: list[str], sites: list[str]) -> None:
        """Refuse what a page of another site sends. `sites` are the values of `Sec-Fetch-Site`.

        Browsers send an Origin with every socket and every request that changes something; curl and scripts send
        neither header.

        Raises:
            OriginNotAllowed: the page is of another site, or hides whose it is.
        """
        if not origins:
            if all(site in ("same-origin", "none") for site in sites):
                return
            raise OriginNotAllowed("A page of another site sent this request, so it is refused.")
        origin = _origin(origins[0]) if len(origins) == 1 else None
        if origin is not None and (origin in self._origins or _is_same(origin, origins[0], host)):
            return
        raise OriginNotAllowed(
            f"Pages of {origins[0]!r:.100} may not do this. If they shall, add that origin to PILOTHOUSE_ORIGINS."
        )


def _is_same(origin: tuple[str, int], text: str, host: Address) -> bool:
    # The scheme that the browser sees is the origin's: behind a proxy that ends TLS ours would be another one.
    scheme = text.partition(":")[0].lower()
    return origin == (host[0], _DEFAULT_PORTS[scheme] if host[1] is None else host[1])


def _address(text: str) -> Address | None:
    match = _HOST.fullmatch(text)
    if match is None:
        return None
    name, port = match.groups()
    if port is not None and int(port) > 65535:
        return None
    return name.lower().removesuffix("."), None if port is None else int(port)


def _origin(text: str) -> tuple[str, int] | None:
    """The host and port of an origin as browsers write it, or None; `null` is none."""
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    address = _address(rest)
    if not separator or scheme not in _DEFAULT_PORTS or address is None:
        return None
    return address[0], _DEFAULT_PORTS[scheme] if address[1] is None else address[1]


def _configured_origin(text: str) -> tuple[str, int]:
    origin = _origin(text)
    if origin is None:
        allowed = "allowed are origins without a path, as in https://ops.example.net or http://10.0.0.5:8100"
        raise StartupError(f"PILOTHOUSE_ORIGINS={text!r}: {allowed}")
    return origin


def is_socket_upgrade(upgrade: str) -> bool:
    """Whether an `Upgrade` header asks for a WebSocket."""
    return "websocket" in upgrade.lower()
