"""A client in a process of its own, to be frozen: `python -m tests.process.reader URL`.

Prints a line of JSON for each `connected` (its data) and each event (`{"seq": …}`); comes back whenever it is cut off.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from typing import Any

from aiohttp import ClientSession, TCPConnector

from tests.process.client import Closed, SocketClient

# The least that Linux takes: a frozen peer shall not have the kernel read for it.
RECEIVE_BUFFER_B = 4096


def small(address: Any) -> socket.socket:
    made = socket.socket(address[0], address[1])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_B)
    return made


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def say_events(client: SocketClient) -> None:
    for event in client.events:
        say({"seq": event["seq"]})
    client.events.clear()


async def main(url: str) -> None:
    async with ClientSession(connector=TCPConnector(socket_factory=small)) as http:
        client = SocketClient(http, url)
        while True:
            say(await client.connect())
            try:
                while True:
                    await client.until(lambda: client.events, within_s=3600)
                    say_events(client)
            except Closed:
                # What came before the end of the socket was shown as well.
                say_events(client)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
