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
    print(json.dumps(message), flush=True)


async def main(url: str) -> None:
    async with ClientSession(connector=TCPConnector(socket_factory=small)) as http:
        client = SocketClient(http, url)
        said = 0
        while True:
            say(await client.connect())
            try:
                while True:
                    await client.until(lambda said=said: len(client.events) > said, within_s=3600)
                    for event in client.events[said:]:
                        say({"seq": event["seq"]})
                    said = len(client.events)
            except Closed:
                # What came with the end of the socket was shown as well.
                for event in client.events[said:]:
                    say({"seq": event["seq"]})
                said = len(client.events)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
