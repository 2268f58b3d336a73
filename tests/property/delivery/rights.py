"""Who may hear what at this moment, and an ear at every transport that hears what should not be said."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from server.access import MemberRole, Principal, Role
from server.realtime.connection import EventFilter
from tests.fakes.transport import FakeTransport, parse_frame, split_frames


def person(name: str, channels: Collection[str], *, filtered: bool) -> Principal:
    """Somebody who may hear `channels`; one who is filtered does not see every third event."""
    heard = tuple((channel, MemberRole.VIEWER) for channel in sorted(channels))
    return Principal(name, Role.VIEWER, user=name, labels=("team",) if filtered else (), workspaces=heard)


def hears(principal: Principal, channel: str) -> bool:
    return principal.member_role(channel) is not None


def sees(principal: Principal, seq: int) -> bool:
    return not principal.labels or seq % 3 != 0


class Gate:
    """Asks the principal itself."""

    def joins(self, principal: Principal, channel: str) -> bool:
        return hears(principal, channel)

    def filter(self, principal: Principal) -> EventFilter | None:
        return (lambda event: sees(principal, event.seq)) if principal.labels else None

    def narrow(self, principal: Principal, channel: str, message: bytes) -> bytes:
        return message


class People:
    """Everybody as they are now. `leaks`: what was written to somebody who might not have it at that moment."""

    def __init__(self) -> None:
        self.now: dict[str, Principal] = {}
        self.leaks: list[str] = []

    def current(self, principal: Principal) -> Principal | None:
        return self.now[principal.id]

    def check(self, name: str, frame: bytes) -> None:
        opcode, payload = parse_frame(frame)
        if opcode != 1:
            return
        message = msgspec.json.decode(payload)
        principal = self.now[name]
        events = [message] if "prev" in message else message.get("data", {}).get("events", [])
        for event in events:
            if not hears(principal, event["channel"]):
                self.leaks.append(f"{name} was sent {event['channel']} {event['seq']}, a channel that is not theirs")
            elif "id" in event and not sees(principal, event["seq"]):
                self.leaks.append(f"{name} was shown {event['seq']}, which is hidden from them")
        for channel in self._heads(message):
            if not hears(principal, channel):
                self.leaks.append(f"{name} was told the head of {channel}, a channel that is not theirs")

    def _heads(self, message: dict[str, Any]) -> list[str]:
        return list(message["data"]["heads"]) if message["type"] == "heartbeat" else []


class OverheardTransport(FakeTransport):
    """What is written to `name` is held against what they may have at that moment. What it holds already is theirs."""

    def __init__(self, people: People, name: str) -> None:
        super().__init__()
        self._people = people
        self._name = name

    def write(self, data: bytes, /) -> None:
        if not self.aborted:
            for frame in split_frames(data):
                self._people.check(self._name, frame)
        super().write(data)
