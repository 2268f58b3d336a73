"""What the tests of accounts share: a clock that stands still, a real database, the audit trail in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.access import Role
from server.auth.access_tokens import AccessTokens
from server.auth.credentials import Credentials
from server.auth.devices import Devices
from server.auth.directory import Directory
from server.auth.passwords import Passwords
from server.auth.people import People
from server.auth.records import User, Visitor
from server.auth.refresh_tokens import RefreshTokens
from server.auth.setup import Setup
from server.auth.sign_ins import SignIns
from server.auth.throttle import Throttle
from server.auth.vault import SECRETS, Vault
from server.eventlog.audit import Audit
from server.protocol.events import AuditData
from server.storage.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.fakes.passwords import CountingHasher
from tests.fakes.second_factor import FakeSecondFactor

AddUser = Callable[..., Awaitable[User]]
AddPerson = Callable[..., Awaitable[User]]
Trail = Callable[[], Awaitable[list[AuditData]]]

PASSWORD = "correct horse battery"
ATTEMPTS_PER_MIN = 5
HOME = Visitor(address="192.0.2.1", agent="Firefox")
ELSEWHERE = Visitor(address="198.51.100.7", agent="curl")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "pilothouse.db")
    yield database
    await database.close()


@pytest.fixture
async def directory(database: Database) -> Directory:
    return await Directory.open(database)


@pytest.fixture
def log(clock: FakeClock) -> HandledLog:
    return HandledLog(clock=clock)


@pytest.fixture
async def audit(log: HandledLog, clock: FakeClock) -> AsyncIterator[Audit]:
    audit = Audit(log, clock=clock)
    yield audit
    await audit.close()


@pytest.fixture
def trail(log: HandledLog) -> Trail:
    """Returns what the audit trail holds, oldest first."""

    async def read() -> list[AuditData]:
        page = await log.read(0, limit=1000)
        return [msgspec.convert(msgspec.json.decode(event.text)["data"], AuditData) for event in page.events]

    return read


@pytest.fixture
async def vault(tmp_path: Path, clock: FakeClock) -> Vault:
    return await asyncio.to_thread(Vault.open, tmp_path / SECRETS, clock)


@pytest.fixture
def add_user(directory: Directory, clock: FakeClock) -> AddUser:
    """Puts an account into the directory as it is given, past all rules and without a trace in the audit."""

    async def add(name: str = "ann", role: Role = Role.VIEWER, **fields: Any) -> User:
        user = User(name=name, role=role, created_at=clock.now(), **fields)
        await directory.put_user(user)
        return user

    return add


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
async def passwords(hasher: CountingHasher) -> AsyncIterator[Passwords]:
    passwords = Passwords(hasher)
    yield passwords
    hasher.held.set()
    passwords.close()


@pytest.fixture
def add_person(add_user: AddUser, hasher: CountingHasher) -> AddPerson:
    """As `add_user`, with the password PASSWORD."""

    async def add(name: str = "ann", role: Role = Role.VIEWER, **fields: Any) -> User:
        return await add_user(name, role, password=hasher.hash(PASSWORD), **fields)

    return add


@pytest.fixture
def throttle(clock: FakeClock) -> Throttle:
    return Throttle(clock, per_min=ATTEMPTS_PER_MIN)


@pytest.fixture
def devices(vault: Vault) -> Devices:
    return Devices(vault)


@pytest.fixture
def access_tokens(vault: Vault, clock: FakeClock) -> AccessTokens:
    return AccessTokens(vault, clock)


@pytest.fixture
def refresh_tokens(vault: Vault) -> RefreshTokens:
    return RefreshTokens(vault)


@pytest.fixture
def second_factor() -> FakeSecondFactor:
    return FakeSecondFactor()


@pytest.fixture
def credentials(
    directory: Directory,
    audit: Audit,
    clock: FakeClock,
    passwords: Passwords,
    second_factor: FakeSecondFactor,
    throttle: Throttle,
    devices: Devices,
) -> Credentials:
    return Credentials(
        directory,
        audit,
        clock,
        passwords=passwords,
        second_factor=second_factor,
        throttle=throttle,
        devices=devices,
    )


@pytest.fixture
def sign_ins(
    directory: Directory,
    audit: Audit,
    clock: FakeClock,
    credentials: Credentials,
    access_tokens: AccessTokens,
    refresh_tokens: RefreshTokens,
    devices: Devices,
) -> SignIns:
    return SignIns(
        directory,
        audit,
        clock,
        credentials=credentials,
        access_tokens=access_tokens,
        refresh_tokens=refresh_tokens,
        devices=devices,
    )


@pytest.fixture
def people(directory: Directory, audit: Audit, clock: FakeClock, passwords: Passwords, throttle: Throttle) -> People:
    return People(directory, audit, clock, passwords=passwords, throttle=throttle)


@pytest.fixture
def setup(directory: Directory, audit: Audit, clock: FakeClock, passwords: Passwords, sign_ins: SignIns) -> Setup:
    return Setup(directory, audit, clock, passwords=passwords, sign_ins=sign_ins)
