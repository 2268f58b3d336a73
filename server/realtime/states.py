"""The latest state of each channel, whole and as those see it who may not see all of it."""

from __future__ import annotations

from server.realtime.connection import Connection
from server.realtime.frames import SharedFrame
from server.realtime.gate import Gate

MOST_PARTS = 64
"""Different sets of labels for which the part of one state is kept; above it all are worked out anew."""


class States:
    """A state is framed once for all who see it whole, and narrowed once for all who have the same labels."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._latest: dict[str, _State] = {}

    def put(self, channel: str, message: bytes) -> None:
        """Make `message` (whole and encoded) the state of `channel`."""
        self._latest[channel] = _State(message)

    def remove(self, channel: str) -> bool:
        """Forget the state of `channel`; return whether there was one."""
        return self._latest.pop(channel, None) is not None

    def frame(self, channel: str, connection: Connection) -> bytes | None:
        """The latest state of `channel` for this client; None before there was one."""
        state = self._latest.get(channel)
        if state is None:
            return None
        shared = state.whole if connection.sees is None else self._part(state, channel, connection)
        return shared.for_receiver(deflates=connection.deflates)

    def _part(self, state: _State, channel: str, connection: Connection) -> SharedFrame:
        principal = connection.principal
        part = state.parts.get(principal.labels)
        if part is None:
            narrowed = self._gate.narrow(principal, channel, state.message)
            part = state.whole if narrowed is state.message else SharedFrame(narrowed)
            if len(state.parts) >= MOST_PARTS:
                state.parts.clear()
            state.parts[principal.labels] = part
        return part


class _State:
    __slots__ = ("message", "parts", "whole")

    def __init__(self, message: bytes) -> None:
        self.message = message
        self.whole = SharedFrame(message)
        self.parts: dict[tuple[str, ...], SharedFrame] = {}
