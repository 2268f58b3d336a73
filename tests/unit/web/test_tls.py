"""The certificate, and what happens when its files change."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization

from server.errors import StartupError
from server.web.site import GuardedSite, Patience
from server.web.tls import Certificate
from tests.fakes.certificates import Pair, make_pair, serial_of, trusting
from tests.fakes.clock import FakeClock

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def pair() -> Pair:
    return make_pair(now=NOW)


@pytest.fixture
def certificate(tmp_path: Path, pair: Pair) -> Certificate:
    cert, key = pair.write(tmp_path)
    return Certificate(str(cert), str(key), FakeClock())


def serial_served(certificate: Certificate, trusted: Pair) -> int:
    """The certificate that a handshake shows, done in memory."""
    context = trusting(trusted)
    context.verify_mode, context.check_hostname = ssl.CERT_REQUIRED, False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server)
    server = certificate.context().wrap_bio(to_server, to_client, server_side=True)
    done = 0
    while done < 2:
        done = 0
        for side in (client, server):
            try:
                side.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                pass
    return serial_of(client)


async def renew(certificate: Certificate, folder: Path, *, cert: bytes | None = None, key: bytes | None = None) -> None:
    if cert is not None:
        (folder / "cert.pem").write_bytes(cert)
    if key is not None:
        (folder / "key.pem").write_bytes(key)
    await certificate.refresh()


async def test_a_renewed_pair_is_served_without_a_restart(tmp_path: Path, certificate: Certificate, pair: Pair) -> None:
    renewed = make_pair(now=NOW)
    await renew(certificate, tmp_path, cert=renewed.cert, key=renewed.key)
    assert serial_served(certificate, renewed) == renewed.serial


async def test_half_a_renewal_leaves_the_old_pair_serving_and_says_why_once(
    tmp_path: Path, certificate: Certificate, pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    renewed = make_pair(now=NOW)
    await renew(certificate, tmp_path, cert=renewed.cert)
    await certificate.refresh()
    assert serial_served(certificate, pair) == pair.serial
    assert [vars(record)["reason"] for record in caplog.records] == [
        "the key is not the certificate's. Both files have to be of the same issue."
    ]
    await renew(certificate, tmp_path, key=renewed.key)
    assert serial_served(certificate, renewed) == renewed.serial


@pytest.mark.parametrize("broken", [b"", b"-----BEGIN CERTIFICATE-----\nMIIB", b"\xff\xfe"])
async def test_a_file_that_is_half_written_leaves_the_old_pair_serving(
    tmp_path: Path, certificate: Certificate, pair: Pair, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    await renew(certificate, tmp_path, cert=broken)
    assert serial_served(certificate, pair) == pair.serial
    assert len(caplog.records) == 1


async def test_files_that_are_gone_for_a_moment_leave_the_old_pair_serving(
    tmp_path: Path, certificate: Certificate, pair: Pair
) -> None:
    (tmp_path / "key.pem").unlink()
    await certificate.refresh()
    assert serial_served(certificate, pair) == pair.serial
    renewed = make_pair(now=NOW)
    await renew(certificate, tmp_path, cert=renewed.cert, key=renewed.key)
    assert serial_served(certificate, renewed) == renewed.serial


async def test_files_that_do_not_change_are_not_read_again(
    certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    context = certificate.context()
    await certificate.refresh()
    assert certificate.context() is context


async def test_a_renewal_is_looked_for_again_and_again(tmp_path: Path, pair: Pair) -> None:
    class Looking(Certificate):
        looks = 0

        async def refresh(self) -> None:
            self.looks += 1

    clock = FakeClock()
    cert, key = pair.write(tmp_path)
    certificate = await asyncio.to_thread(Looking, str(cert), str(key), clock)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(certificate.watch())
        await clock.advance(21)
        watching.cancel()
    assert certificate.looks == 4


def test_a_certificate_that_ends_soon_is_said_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cert, key = make_pair(days=3, now=NOW).write(tmp_path)
    Certificate(str(cert), str(key), FakeClock())
    assert [record.getMessage() for record in caplog.records] == ["the certificate ends soon or has ended"]


def test_a_pair_that_does_not_fit_stops_the_start(tmp_path: Path, pair: Pair) -> None:
    cert, key = pair.write(tmp_path)
    key.write_bytes(make_pair(now=NOW).key)
    with pytest.raises(StartupError, match="the key is not the certificate's"):
        Certificate(str(cert), str(key), FakeClock())


def test_a_missing_file_stops_the_start_and_is_named(tmp_path: Path, pair: Pair) -> None:
    cert, key = pair.write(tmp_path)
    key.unlink()
    with pytest.raises(StartupError, match=r"key\.pem cannot be read: No such file"):
        Certificate(str(cert), str(key), FakeClock())


def test_an_encrypted_key_stops_the_start_and_asks_nobody(tmp_path: Path, pair: Pair) -> None:
    cert, key = pair.write(tmp_path)
    plain = serialization.load_pem_private_key(pair.key, None)
    key.write_bytes(
        plain.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"passphrase"),
        )
    )
    with pytest.raises(StartupError, match="unencrypted key") as refused:
        Certificate(str(cert), str(key), FakeClock())
    assert "PRIVATE KEY" not in str(refused.value)


def test_old_versions_of_tls_are_not_spoken(certificate: Certificate) -> None:
    assert certificate.context().minimum_version == ssl.TLSVersion.TLSv1_2


async def secure(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.scheme} {request.secure}")


@pytest.fixture
async def address(certificate: Certificate) -> AsyncIterator[tuple[str, int]]:
    app = web.Application()
    app.router.add_get("/", secure)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    patience = Patience(connections=8, handshake_s=0.05, head_s=0.05)
    await GuardedSite(runner, listener, patience=patience, tls=certificate.context).start()
    yield listener.getsockname()
    await runner.cleanup()
    listener.close()


async def test_a_request_over_tls_is_known_to_be_secure(address: tuple[str, int], pair: Pair) -> None:
    context = trusting(pair)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    reader, writer = await asyncio.open_connection(*address, ssl=context, server_hostname="localhost")
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).endswith(b"\r\n\r\nhttps True")
    writer.close()


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01"])
async def test_a_connection_that_makes_no_handshake_is_cut(address: tuple[str, int], said: bytes) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(said)
    try:
        answer = await reader.read()
    except ConnectionError:
        answer = b""
    assert b"HTTP/" not in answer
    writer.close()
