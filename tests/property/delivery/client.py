"""A client that does what docs/protocol.md tells it to, and complains about everything that should not happen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any

from server.realtime.connection import Connection
from server.realtime.replay import Replays, ResumeRequest
from tests.fakes.transport import FakeTransport
from tests.property.delivery.truth import Truth, Violation


class Socket:
    """One connection, from both sides. `sent`: the last seq of each channel that came over it. `lost`: the channels
    that it was told are no longer its own. `asked`: those that it has asked for anew, and has no answer about yet."""

    def __init__(
        self, connection: Connection, transport: FakeTransport, replays: Replays, request: ResumeRequest
    ) -> None:
        self.connection = connection
        self.transport = transport
        self.replays = replays
        self.request = request
        self.sent: dict[str, int] = {}
        self.lost: set[str] = set()
        self.asked: set[str] = set()


class ModelClient:
    """Keeps a position per channel, resumes from the lowest, and remembers what it was shown and told it lost."""

    def __init__(self, name: str, channels: list[str], truth: Truth, *, too_many: int) -> None:
        self.name = name
        self.channels = channels
        self.lost: set[str] = set()
        self.socket: Socket | None = None
        self.old_sockets: list[Socket] = []
        self.epoch: str | None = None
        self.positions: dict[str, int] = {}
        self._truth = truth
        self._too_many = too_many
        self._caught_up: set[str] = set()
        self._began: dict[tuple[str, str], int] = {}
        self._seen: defaultdict[tuple[str, str], dict[int, str | None]] = defaultdict(dict)
        self._gaps: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)

    def request(self) -> ResumeRequest:
        """What a (re)connection asks for."""
        if self.epoch is None or not self.positions:
            return ResumeRequest(tuple(self.channels))
        return ResumeRequest(tuple(self.channels), min(self.positions.values()), self.epoch)

    def on_message(self, socket: Socket, message: dict[str, Any]) -> None:
        if socket is not self.socket:
            return
        self.handle(socket, message)

    def handle(self, socket: Socket, message: dict[str, Any]) -> None:
        data = message.get("data", {})
        match message["type"]:
            case "connected":
                self._on_connected(socket, data)
            case "missed_events":
                self._check_not_lost(socket, data["channels"])
                for event in data["events"]:
                    self._on_event(socket, event)
                for channel in data["channels"]:
                    self._lift(channel, data["to"])
                if data["has_more"]:
                    socket.replays.acknowledge(data["to"])
                else:
                    self._caught_up.update(data["channels"])
            case "gap":
                self._check_reason(data["reason"], data["channels"], data["from"], data["to"])
                for channel in data["channels"]:
                    self._lose(channel, data["to"])
                self._caught_up.update(data["channels"])
            case "heartbeat":
                for channel in self._caught_up:
                    self._lift(channel, message["seq"])
            case "ack":
                self._on_ack(socket, data)
            case "unsubscribed":
                socket.lost.update(data["channels"])
                socket.asked.difference_update(data["channels"])
                self._forbid(data["channels"])
            case "error":
                raise Violation(f"the server answered {data}")
            case _:
                self._on_event(socket, message)

    def add_channel(self, channel: str, since: int | None) -> None:
        """Note that `channel` is being subscribed to."""
        self.channels = [*self.channels, channel]
        if since is not None:
            self.positions[channel] = since
            self._begin(channel, since)

    def refused(self, channel: str) -> None:
        """Note that `channel` is not for this client, as the answer to its subscription says."""
        self._forbid([channel])

    def check_complete(self, mine: Callable[[str], bool]) -> None:
        """Everything that was committed in the channels that are `mine` was shown once or declared lost, and nothing
        else was shown. Of the others the client knows that it may not hear them."""
        for (epoch, channel), seen in self._seen.items():
            for seq, event_id in seen.items():
                if not self._truth.has(epoch, seq, channel, event_id):
                    raise Violation(f"{channel} {seq} was shown but is not what was committed")
        if self.epoch != self._truth.epoch:
            raise Violation("the client believes in another epoch than the server")
        for channel in self.channels:
            if mine(channel) == (channel in self.lost):
                raise Violation(f"the client is mistaken about whether it may hear {channel}")
            if mine(channel):
                self._check_channel(channel, self._truth.epoch)

    def _check_channel(self, channel: str, epoch: str) -> None:
        began = self._began[epoch, channel]
        gaps = self._gaps[epoch, channel]
        for seq in self._truth.between(epoch, channel, began, self._truth.head):
            if seq not in self._seen[epoch, channel] and not any(low < seq <= high for low, high in gaps):
                raise Violation(f"{channel} {seq} was neither shown nor declared lost")
        if self.positions[channel] < self._truth.head:
            raise Violation(f"{channel} stays at {self.positions[channel]} although the log is at {self._truth.head}")

    def _on_connected(self, socket: Socket, data: dict[str, Any]) -> None:
        head, request = data["server_seq"], socket.request
        known, self.epoch = self.epoch == data["epoch"], data["epoch"]
        self._caught_up.clear()
        forbidden = {channel for channel, status in data["channels"].items() if status.get("forbidden")}
        channels = [channel for channel in self.channels if channel not in forbidden]
        socket.lost = set(forbidden)
        self.lost.difference_update(channels)
        self._forbid(forbidden)
        if not known:
            # A position in another history is none.
            self.positions = {}
        if data["recovered"]:
            if not known:
                raise Violation("recovered over another history")
            for channel in set(channels) - set(self.positions):
                # Its subscription was never answered; this replay covers it like the others.
                self.positions[channel] = request.last_seq or 0
                self._begin(channel, self.positions[channel])
            return
        if data["recovered"] is False and request.last_seq is not None:
            self._check_reason(data["reason"], channels, request.last_seq, head, request.epoch)
        for channel in channels:
            if known and channel in self.positions:
                self._lose(channel, head)
            else:
                self._begin(channel, head)
            self.positions[channel] = head
        self._caught_up.update(channels)

    def _forbid(self, channels: Iterable[str]) -> None:
        self.lost.update(channels)
        self._caught_up.difference_update(channels)

    def _check_not_lost(self, socket: Socket, channels: Collection[str]) -> None:
        if not socket.lost.isdisjoint(channels):
            raise Violation(f"{socket.lost.intersection(channels)} goes on after it was said to be lost")

    def _on_ack(self, socket: Socket, data: dict[str, Any]) -> None:
        socket.lost.difference_update(data["channels"])
        socket.asked.difference_update(data["channels"])
        self.lost.difference_update(data["channels"])
        for channel in data["channels"]:
            if channel not in self.positions:
                self.positions[channel] = data["from"]
                self._begin(channel, data["from"])
                self._caught_up.add(channel)

    def _on_event(self, socket: Socket, event: dict[str, Any]) -> None:
        channel, seq = event["channel"], event["seq"]
        self._check_not_lost(socket, [channel])
        if seq <= socket.sent.get(channel, 0):
            raise Violation(f"{channel} {seq} came after {socket.sent[channel]} over the same socket")
        socket.sent[channel] = seq
        position = self.positions[channel]
        if seq <= position:
            return
        if event["prev"] > position:
            raise Violation(f"{channel} {seq} follows {event['prev']}, but the client is at {position}")
        self.positions[channel] = seq
        self._seen[self.epoch or "", channel][seq] = event.get("id")

    def _lift(self, channel: str, to: int) -> None:
        """Take over a cursor that the server vouches for."""
        missing = self._truth.between(self.epoch or "", channel, self.positions[channel], to)
        if missing:
            raise Violation(f"the cursor of {channel} jumped over {missing}")
        self.positions[channel] = max(self.positions[channel], to)

    def _lose(self, channel: str, to: int) -> None:
        self._gaps[self.epoch or "", channel].append((self.positions[channel], to))
        self.positions[channel] = max(self.positions[channel], to)

    def _begin(self, channel: str, at: int) -> None:
        self._began[self.epoch or "", channel] = at

    def _check_reason(self, reason: str, channels: list[str], after: int, to: int, epoch: str | None = None) -> None:
        """A gap is an honest word only where the events really cannot be had."""
        now = self.epoch or ""
        missed = sum(len(self._truth.between(now, channel, after, to)) for channel in channels)
        honest = {
            "expired": after < self._truth.floor(now),
            "ahead": after > to,
            "too_many": missed > self._too_many,
            "epoch_changed": epoch != now,
        }
        if not honest.get(reason, False):
            raise Violation(f"a gap from {after} to {to} because of {reason!r}, which is not so")


class CredulousClient(ModelClient):
    """Believes what comes over a socket that it has replaced."""

    def on_message(self, socket: Socket, message: dict[str, Any]) -> None:
        if socket is self.socket or message["type"] != "connected":
            self.handle(socket, message)
