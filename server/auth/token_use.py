"""When each API token was used last, written beside the requests that use it."""

from __future__ import annotations

import logging

import msgspec

from server.auth.directory import Directory
from server.clock import Clock
from server.errors import StorageUnavailable
from server.tasks import Tasks

log = logging.getLogger(__name__)

# A write to the disk for each request would cost more than the request.
NOTE_EVERY_S = 300.0


class TokenUse:
    """Notes the use of a token at most every 5 minutes. A note that cannot be written is logged and left out."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._tasks = Tasks("token_use")
        # Monotonic time of the last note of each. Those of tokens that are gone leave with the next note, so there are
        # never more than tokens, of which there is a bound.
        self._noted: dict[str, float] = {}

    def __len__(self) -> int:
        """How many tokens are remembered."""
        return len(self._noted)

    def note(self, id: str) -> None:
        """Have the use of the token `id` written soon, if that is due."""
        now_s = self._clock.monotonic()
        noted = self._noted.get(id)
        if noted is not None and now_s - noted < NOTE_EVERY_S:
            return
        self._noted = {known: at for known, at in self._noted.items() if known in self._directory.tokens}
        self._noted[id] = now_s
        self._tasks.spawn("note", self._write(id, self._clock.now()))

    async def close(self) -> None:
        await self._tasks.close()

    async def _write(self, id: str, used_at: float) -> None:
        try:
            async with self._directory.changing:
                token = self._directory.tokens.get(id)
                # Revoked since: written now it would be back.
                if token is not None:
                    await self._directory.put_token(msgspec.structs.replace(token, last_used_at=used_at))
        except StorageUnavailable as error:
            log.warning("the use of a token was not noted", extra={"token": id, "reason": error.message})
