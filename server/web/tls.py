"""The server's certificate, taken up anew when its files are renewed."""

from __future__ import annotations

import asyncio
import logging
import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from server.clock import Clock
from server.errors import StartupError

log = logging.getLogger(__name__)

CHECK_S = 5.0
# ACME clients renew a third of the lifetime before the end; one that stands still is noticed by then.
WARN_S = 7 * 24 * 3600.0

_State = tuple[tuple[int, int, int], ...]


class Certificate:
    """A certificate chain and its key, and the context that serves them. A new one replaces it whole: a handshake sees
    either the old pair or the new one, and a pair that does not fit together changes nothing."""

    def __init__(self, cert: str, key: str, clock: Clock) -> None:
        """Read both files, in PEM. Blocks.

        Raises:
            StartupError: one cannot be read, or they do not belong together.
        """
        self._cert, self._key = Path(cert), Path(key)
        self._clock = clock
        self._state = self._look()
        try:
            self._context = self._load()
        except (OSError, ValueError) as error:
            raise StartupError(
                f"PILOTHOUSE_TLS_CERT={cert!r} with PILOTHOUSE_TLS_KEY={key!r}: {_reason(error)}"
            ) from None

    def context(self) -> ssl.SSLContext:
        """The context for the next connection."""
        return self._context

    async def watch(self) -> None:
        """Take up renewed files, until cancelled. What keeps them from being used is logged once for each change."""
        while True:
            await self._clock.sleep(CHECK_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Look at the files once."""
        state = await asyncio.to_thread(self._look)
        if state == self._state:
            return
        self._state = state
        try:
            self._context = await asyncio.to_thread(self._load)
        except (OSError, ValueError) as error:
            log.warning("the renewed certificate is not used; the old one stays", extra={"reason": _reason(error)})
        else:
            log.info("the renewed certificate is used", extra={"cert": str(self._cert)})

    def _look(self) -> _State | None:
        """What changes when a file is written or replaced; None while one is missing."""
        try:
            stats = [path.stat() for path in (self._cert, self._key)]
        except OSError:
            return None
        return tuple((stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in stats)

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        # Each refuses to be read in a way of its own; opening both first names the one that cannot be.
        chain = self._cert.read_bytes()
        self._key.read_bytes()
        # A key with a passphrase would ask for it on the terminal.
        context.load_cert_chain(self._cert, self._key, password=lambda: "")
        self._warn_of_end(chain)
        return context

    def _warn_of_end(self, chain: bytes) -> None:
        ends = x509.load_pem_x509_certificates(chain)[0].not_valid_after_utc
        if (ends - datetime.fromtimestamp(self._clock.now(), UTC)).total_seconds() < WARN_S:
            log.warning("the certificate ends soon or has ended", extra={"ends": ends.isoformat()})


def _reason(error: Exception) -> str:
    """Why a pair cannot be used, and what would help."""
    if isinstance(error, ssl.SSLError):
        if error.reason == "KEY_VALUES_MISMATCH":
            return "the key is not the certificate's. Both files have to be of the same issue."
        return "they are not a certificate chain and an unencrypted key in PEM."
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'} cannot be read: {error.strerror}."
    return "they are not a certificate chain and an unencrypted key in PEM."
