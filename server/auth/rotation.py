"""Has the vault renew its signing key in time, for as long as the server runs."""

from __future__ import annotations

import asyncio
import logging

from server.auth.vault import Vault
from server.clock import Clock

log = logging.getLogger(__name__)

INTERVAL_S = 3600.0


async def keep_rotating(vault: Vault, clock: Clock) -> None:
    """Look now and every hour whether a new key is due. Never returns. A disk that refuses is logged and asked again;
    the old key still signs."""
    while True:
        try:
            if await asyncio.to_thread(vault.rotate_if_due):
                log.info("a new key signs access tokens", extra={"kid": vault.signing_key.kid})
        except OSError as error:
            log.warning("no new key for access tokens could be stored", extra={"reason": error.strerror})
        await clock.sleep(INTERVAL_S)
