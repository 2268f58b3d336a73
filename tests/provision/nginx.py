"""A real nginx in front of a server, with TLS, on a port of loopback."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.fakes.certificates import Pair
from tests.provision.programs import program

CONF = Path(__file__).with_name("nginx.conf")
READY_S, LOOK_EVERY_S = 20.0, 0.05


@asynccontextmanager
async def nginx(folder: Path, pair: Pair, upstream: int) -> AsyncIterator[str]:
    """The address of a proxy that ends TLS with `pair` before the port `upstream`."""
    folder.mkdir()
    cert, key = pair.write(folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    conf = folder / "nginx.conf"
    text = CONF.read_text(encoding="utf-8")
    conf.write_text(text.format(folder=folder, port=port, upstream=upstream, cert=cert, key=key), encoding="utf-8")
    path = program("nginx")
    assert path is not None
    process = await asyncio.create_subprocess_exec(
        *(path, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(conf)), stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(READY_S):
            while not await _answers(port):
                assert process.returncode is None, (folder / "error.log").read_text(encoding="utf-8")
                await asyncio.sleep(LOOK_EVERY_S)
        yield f"https://localhost:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
