"""How the engine's address is reached: a Unix socket, TCP, or TLS with client certificates."""

from __future__ import annotations

import ssl
from pathlib import Path

import aiohttp

from server.errors import StartupError


def connector(address: str, certs: str) -> aiohttp.BaseConnector:
    """Return what opens connections to `address`; as many as are asked for.

    `certs` is a folder with ca.pem, cert.pem and key.pem for an https engine.

    Raises:
        StartupError: the address or the certificates are not usable; the message says what is.
    """
    # limit=0: streams would use up a limited pool, and then every call would wait for ever.
    if address.startswith("unix:///"):
        return aiohttp.UnixConnector(address.removeprefix("unix://"), limit=0)
    if address.startswith("http://"):
        return aiohttp.TCPConnector(limit=0)
    if address.startswith("https://"):
        return aiohttp.TCPConnector(limit=0, ssl=_tls(certs))
    hint = " Write http:// without TLS and https:// with it." if address.startswith("tcp://") else ""
    raise StartupError(
        f"PILOTHOUSE_ENGINE={address!r}: allowed is unix:///path, http://host:port or https://host:port.{hint}"
    )


def _tls(certs: str) -> ssl.SSLContext:
    if not certs:
        return ssl.create_default_context()
    folder = Path(certs)
    try:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    except OSError as error:
        raise StartupError(
            f"PILOTHOUSE_ENGINE_CERTS={certs!r}: needs ca.pem, cert.pem and key.pem that can be read ({error})."
        ) from error
    return context
