"""One server, its file and its clients, driven step by step: the real log, hub and replays between a fake transport and
a gated database."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from server.errors import Forbidden
from server.eventlog.backup import backup, restore
from server.eventlog.log import EventLog, NewEvent
from server.eventlog.sqlite import SqliteLog
from server.realtime.close import Close
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from server.realtime.replay import Replays
from server.storage.database import Database
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.property.delivery.client import ModelClient, Socket
from tests.property.delivery.faults import Fault
from tests.property.delivery.gates import GatedDatabase
from tests.property.delivery.rights import Gate, OverheardTransport, People, hears, person
from tests.property.delivery.truth import Truth, Violation

RING = 5
LIMITS = Limits(
    outbox_messages=5,
    mark_b=400,
    replay_events=14,
    single_page_events=4,
    page_events=3,
    replay_ack_s=3600,
    heartbeat_s=30,
    pool=100,
    # A model client leaves its half-open sockets to the server.
    per_user=0,
)
# Loop turns without a thread at work after which nothing moves any more.
QUIET_TURNS = 12


class DeafDoor:
    """Leaves a socket half-open, whatever it is told."""

    def hang_up(self, code: Close, reason: str) -> None:
        pass


class World:
    def __init__(self, folder: Path, fault: Fault) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self.copy = folder / "copy.db"
        self.fault = fault
        self.clock = FakeClock()
        self.truth = Truth(self.data / "pilothouse.db")
        self.clients: list[ModelClient] = []
        self.publishing: list[asyncio.Task[None]] = []
        self.people = People()

    # The server.

    async def start(self) -> None:
        database = self.data / "pilothouse.db"
        self.fault.before_start(database)
        self.database = GatedDatabase(await Database.open(database))
        real = await SqliteLog.open(self.database, clock=self.clock, ring=RING)  # type: ignore[arg-type]
        self.log: EventLog = self.fault.log(real, self.database)
        self.hub: Hub = self.fault.hub(self.log, clock=self.clock, limits=LIMITS, gate=Gate())
        await self.hub.start()
        self.tasks = Tasks("world")
        await self.settle()

    async def kill(self) -> None:
        """End the server as `kill -9` does: what is not in the file is gone. What its sockets hold may still arrive."""
        own = asyncio.current_task()
        doomed = [task for task in asyncio.all_tasks() if task is not own]
        for task in doomed:
            task.cancel()
        await asyncio.gather(*doomed, return_exceptions=True)
        await self.database.real.close()
        self.publishing.clear()
        for client in self.clients:
            if client.socket is not None:
                client.socket.connection.closed_as = client.socket.connection.closed_as or 1006  # type: ignore[assignment]
        self.truth.record()

    async def settle(self) -> None:
        """Go on until nothing moves without a gate being opened or a client reading."""
        quiet = 0
        while quiet < QUIET_TURNS:
            await asyncio.sleep(0)
            quiet = 0 if self.database.busy else quiet + 1
        self.truth.record()
        if self.people.leaks:
            raise Violation(self.people.leaks[0])

    def back_up(self) -> None:
        self.copy.unlink(missing_ok=True)
        backup(self.data / "pilothouse.db", self.copy)

    async def restore(self) -> None:
        """Put the backup back, with the server down."""
        await self.kill()
        if self.fault.keeps_epoch:
            for suffix in ("-wal", "-shm"):
                (self.data / f"pilothouse.db{suffix}").unlink(missing_ok=True)
            await asyncio.to_thread(shutil.copy, self.copy, self.data / "pilothouse.db")
        else:
            await asyncio.to_thread(restore, self.copy, self.data)
        self.truth.record()
        await self.start()

    # What happens in it.

    async def publish(self, channels: list[str]) -> None:
        """Append one event to each of `channels`, together; it may have to wait at a gate."""
        events = [NewEvent(type="test.event", channel=channel, data={}) for channel in channels]
        self.publishing.append(self.tasks.spawn("publish", self.fault.publish(self.log, self.hub, events)))
        await self.settle()

    async def cancel_publishers(self) -> None:
        for task in self.publishing:
            task.cancel()
        self.publishing.clear()
        await self.settle()

    async def open_gates(self) -> None:
        self.database.open_all()
        await self.settle()

    async def prune(self, upto: int) -> None:
        await self.log.prune(upto)
        await self.settle()

    async def change_rights(self, client: ModelClient, channels: list[str], *, filtered: bool) -> None:
        """From now on the client may hear these channels, and whoever may hear one again asks for it."""
        self.people.now[client.name] = person(client.name, channels, filtered=filtered)
        self.hub.reauthorise(self.people.current)
        await self.settle()

    async def ask_again(self, client: ModelClient) -> None:
        """Let the client ask for the channels that it had lost and may hear again, once each over one socket."""
        await self.deliver(client)
        for channel in sorted(client.lost):
            socket = client.socket
            if socket is None or channel in socket.asked or not hears(self.people.now[client.name], channel):
                continue
            socket.asked.add(channel)
            if not await self.subscribe(client, channel, client.positions.get(channel)):
                socket.asked.discard(channel)

    # Its clients.

    async def connect(self, client: ModelClient) -> None:
        """Open a new socket; an old one is left half-open, and what it holds may arrive later."""
        if client.socket is not None:
            client.old_sockets.append(client.socket)
        transport, request = OverheardTransport(self.people, client.name), client.request()
        principal = self.people.now[client.name]
        connection = self.hub.admit(transport, principal=principal, door=DeafDoor())
        replays = Replays(self.hub, self.log, connection, self.clock)
        self.fault.connection(connection)
        client.socket = Socket(connection, transport, replays, request)
        self.tasks.spawn("connect", self._connect(client.socket))
        await self.settle()

    async def subscribe(self, client: ModelClient, channel: str, since: int | None) -> bool:
        """Add a channel to the client's socket, if that is open and has said `connected`; return whether it was."""
        await self.deliver(client)
        socket = client.socket
        if socket is None or not socket.connection.open or client.epoch != self.truth.epoch:
            return False
        client.add_channel(channel, since)
        self.tasks.spawn("subscribe", self._subscribe(client, socket, channel, since))
        await self.settle()
        return True

    async def _subscribe(self, client: ModelClient, socket: Socket, channel: str, since: int | None) -> None:
        try:
            if since is None:
                socket.replays.subscribe([channel], "1")
            else:
                await socket.replays.subscribe_since([channel], since, "1")
        except Forbidden:
            socket.asked.discard(channel)
            client.refused(channel)

    async def _connect(self, socket: Socket) -> None:
        unfinished = await socket.replays.connect(socket.request)
        if unfinished is not None:
            await socket.replays.finish(unfinished)

    async def deliver(self, client: ModelClient, frames: int | None = None, *, stale: bool = False) -> None:
        """Let the client read its oldest frames, or those of the sockets that it has replaced."""
        sockets = client.old_sockets if stale else [client.socket] if client.socket is not None else []
        for socket in sockets:
            for message in socket.transport.take(frames):
                client.on_message(socket, message)
        await self.settle()

    async def bring_up(self, client: ModelClient) -> None:
        """Have the client connected, with everything read and nothing on its way."""
        await self.open_gates()
        for _ in range(200):
            if client.socket is None or not client.socket.connection.open:
                await self.connect(client)
            before = len(client.socket.transport.waiting) if client.socket is not None else 0
            await self.deliver(client)
            await self.ask_again(client)
            self.hub.sweep()
            if not before and client.socket is not None and not client.socket.transport.waiting:
                break

    async def come_to_rest(self) -> None:
        """Heal everything: every client is connected, has read all and heard a heartbeat."""
        for client in self.clients:
            await self.bring_up(client)
        self.hub.heartbeat()
        for client in self.clients:
            await self.deliver(client)
