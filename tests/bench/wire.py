"""The few bytes of RFC 6455 that a measuring client needs. The server's `Sec-WebSocket-Accept` is taken on trust."""

from __future__ import annotations

import socket
from collections.abc import Iterator

HEAD_END = b"\r\n\r\n"
PING, CLOSE = 9, 8
# A mask of zeros is a mask: the payload stays as it is.
PONG_FRAME = b"\x8a\x80\0\0\0\0"


def upgrade(port: int, path: str) -> bytes:
    """Return the request that opens a socket."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def open_socket(port: int, path: str) -> tuple[socket.socket, bytes]:
    """Open a WebSocket; return it with the bytes of frames that came together with the answer's head."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(upgrade(port, path))
    return sock, read_head(sock)


def read_head(sock: socket.socket) -> bytes:
    """Read the head of the answer to an upgrade and return what follows it.

    Raises:
        ConnectionError: the upgrade was refused.
    """
    data = b""
    while HEAD_END not in data:
        chunk = sock.recv(65536)
        data += chunk
        if not chunk:
            break
    head, _, rest = data.partition(HEAD_END)
    if b" 101 " not in head[:16]:
        raise ConnectionError(f"no WebSocket: {head[:200]!r}")
    return rest


def frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (opcode, start, end) of the payload of every frame that `data`, which begins with one, holds whole."""
    at, size = 0, len(data)
    while size - at >= 2:
        length, start = data[at + 1], at + 2
        if length == 126:
            start += 2
            length = int.from_bytes(data[at + 2 : start]) if size >= start else size
        elif length == 127:
            start += 8
            length = int.from_bytes(data[at + 2 : start]) if size >= start else size
        end = start + length
        if end > size:
            return
        yield data[at] & 15, start, end
        at = end


def text_frame(payload: bytes) -> bytes:
    """Return one text message as a client sends it."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2)
    return b"\x81" + length + b"\0\0\0\0" + payload
