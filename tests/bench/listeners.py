"""Clients by the thousand in one process, so that the server's CPU is the server's alone.

`python -m tests.bench.listeners` reads commands from its standard input, a line each, and answers each with a line:

    join GROUP PORT PATH COUNT HELLO   open COUNT sockets; HELLO=1: wait for the first frame of each
    measure GROUP                      forget what was heard
    report GROUP COUNT                 when COUNT events were heard, or none for 3 s: how many, and their delays
    leave GROUP                        close its sockets

An event is any frame that holds its `STAMP`: nanoseconds of the monotonic clock, which all processes share.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time

from tests.bench import wire

STAMP = b'"at":"'
DIGITS = 19
QUIET_S = 3.0
# So many connections are opened before their answers are read: fewer than any server's backlog.
AT_ONCE = 100


class Group:
    """The clients of one server."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.delays_ns: list[int] = []
        self.greeted = 0
        self.closed = 0


class Listeners:
    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._epoll.register(sys.stdin.fileno(), select.EPOLLIN)
        self._groups: dict[str, Group] = {}
        self._sockets: dict[int, tuple[socket.socket, Group]] = {}
        self._rests: dict[int, bytes] = {}

    def run(self) -> None:
        """Obey until the standard input ends."""
        while True:
            for descriptor in self._listen(None):
                if descriptor == sys.stdin.fileno():
                    line = sys.stdin.readline()
                    if not line:
                        return
                    print(self._obey(*line.split()), flush=True)

    def _obey(self, command: str, name: str, *arguments: str) -> str:
        group = self._groups.setdefault(name, Group())
        match command, arguments:
            case "join", (port, path, count, hello):
                return self._join(group, int(port), path, int(count), hello == "1")
            case "measure", ():
                group.delays_ns.clear()
                return "ok"
            case "report", (count,):
                return self._report(group, int(count))
            case "leave", ():
                return self._leave(group)
        raise ValueError(f"{command} {arguments}")

    def _join(self, group: Group, port: int, path: str, count: int, hello: bool) -> str:
        wanted = group.greeted + count
        for first in range(0, count, AT_ONCE):
            opened = []
            for _ in range(min(AT_ONCE, count - first)):
                sock = socket.create_connection(("127.0.0.1", port), timeout=30)
                sock.sendall(wire.upgrade(port, path))
                opened.append(sock)
            for sock in opened:
                rest = wire.read_head(sock)
                sock.setblocking(False)
                group.sockets.append(sock)
                self._sockets[sock.fileno()] = sock, group
                self._epoll.register(sock.fileno(), select.EPOLLIN)
                if rest:
                    self._take(sock.fileno(), rest)
        while hello and group.greeted < wanted:
            self._listen(10)
        return "ok"

    def _report(self, group: Group, count: int) -> str:
        heard, quiet_since = -1, time.monotonic()
        while len(group.delays_ns) < count and time.monotonic() - quiet_since < QUIET_S:
            self._listen(0.1)
            if len(group.delays_ns) != heard:
                heard, quiet_since = len(group.delays_ns), time.monotonic()
        delays = sorted(group.delays_ns) or [0]
        return json.dumps(
            {
                "count": len(group.delays_ns),
                "p50_ms": delays[len(delays) // 2] / 1e6,
                "p99_ms": delays[len(delays) * 99 // 100] / 1e6,
                "closed": group.closed,
            }
        )

    def _leave(self, group: Group) -> str:
        for sock in group.sockets:
            self._drop(sock.fileno())
        group.sockets.clear()
        group.greeted = group.closed = 0
        return "ok"

    def _listen(self, timeout_s: float | None) -> list[int]:
        """Take what has come, and return the descriptors that spoke."""
        ready = [descriptor for descriptor, _ in self._epoll.poll(timeout_s, 4096)]
        for descriptor in ready:
            found = self._sockets.get(descriptor)
            if found is None:
                continue
            try:
                data = found[0].recv(262144)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                data = b""
            if data:
                self._take(descriptor, data)
            else:
                found[1].closed += 1
                self._drop(descriptor)
        return ready

    def _take(self, descriptor: int, data: bytes) -> None:
        now = time.monotonic_ns()
        sock, group = self._sockets[descriptor]
        if descriptor in self._rests:
            data = self._rests.pop(descriptor) + data
        end = 0
        for opcode, start, end in wire.frames(data):
            at = data.find(STAMP, start, end) + len(STAMP)
            stamp = data[at : at + DIGITS] if at >= len(STAMP) else b""
            # What people say bears the time of day in a field of the same name.
            if stamp.isdigit():
                group.delays_ns.append(now - int(stamp))
            elif opcode == wire.PING:
                sock.send(wire.PONG_FRAME)
            else:
                group.greeted += 1
        if end < len(data):
            self._rests[descriptor] = data[end:]

    def _drop(self, descriptor: int) -> None:
        found = self._sockets.pop(descriptor, None)
        self._rests.pop(descriptor, None)
        if found is not None:
            self._epoll.unregister(descriptor)
            found[0].close()


if __name__ == "__main__":
    Listeners().run()
