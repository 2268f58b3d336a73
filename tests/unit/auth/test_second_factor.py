"""The second factor: what an app shows, what is on paper, and nothing that works twice."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import struct
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from server.access import CONSOLE, Principal, Role
from server.auth import totp
from server.auth.directory import Directory
from server.auth.passwords import NoPassword, WrongPassword
from server.auth.second_factor import (
    SETUP_S,
    SecondFactorActive,
    SecondFactorMissing,
    SecondFactors,
    WrongCode,
)
from server.auth.vault import Vault
from server.errors import Forbidden, RateLimited, StorageUnavailable
from server.eventlog.audit import Audit
from server.protocol.identity import TotpSetup
from server.storage.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.unit.auth.conftest import AddUser, Trail

ANN = Principal(id="ann", role=Role.VIEWER, user="ann", credential="login", address="10.0.0.7")
OIDC = Principal(id="olga", role=Role.VIEWER, user="olga", credential="login")
PASSWORD = "correct horse"
STEP_S = 30


def code_of(secret: str, now_s: float) -> str:
    """RFC 6238 as it is written there, beside the library that the server uses."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(now_s) // STEP_S), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFF_FFFF
    return f"{number % 1_000_000:06d}"


async def verify(known: str | None, password: str) -> bool:
    await asyncio.sleep(0)
    return known == f"hash of {password}"


@pytest.fixture
async def factors(
    directory: Directory, vault: Vault, audit: Audit, clock: FakeClock, add_user: AddUser
) -> SecondFactors:
    await add_user("ann", password=f"hash of {PASSWORD}")
    await add_user("olga", subject="https://id.example.net#1")
    return SecondFactors(directory, vault, audit, clock, verify)


async def enable(factors: SecondFactors, clock: FakeClock) -> tuple[TotpSetup, list[str]]:
    setup = await factors.begin(ANN, PASSWORD)
    codes = await factors.confirm(ANN, code_of(setup.secret, clock.now()))
    await clock.advance(STEP_S)
    return setup, codes.codes


async def test_a_code_of_the_app_is_taken(factors: SecondFactors, directory: Directory, clock: FakeClock) -> None:
    setup, _ = await enable(factors, clock)
    await factors.check(directory.users["ann"], code_of(setup.secret, clock.now()))


async def test_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B, shortened to six digits.
    secret = base64.b32encode(b"12345678901234567890").decode()
    for now_s, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert code_of(secret, now_s) == code
        assert totp.matching_step(secret, code, now_s, after=0) == now_s // STEP_S


@pytest.mark.parametrize(("drift_s", "counts"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
async def test_clocks_may_differ_by_one_step(
    factors: SecondFactors, directory: Directory, clock: FakeClock, drift_s: int, counts: bool
) -> None:
    setup, _ = await enable(factors, clock)
    await clock.advance(10 * STEP_S)
    code = code_of(setup.secret, clock.now() + drift_s)
    if counts:
        await factors.check(directory.users["ann"], code)
        return
    with pytest.raises(WrongCode):
        await factors.check(directory.users["ann"], code)


async def test_a_code_works_once_and_none_before_it_either(
    factors: SecondFactors, directory: Directory, clock: FakeClock
) -> None:
    setup, _ = await enable(factors, clock)
    await clock.advance(10 * STEP_S)
    earlier, now = code_of(setup.secret, clock.now() - STEP_S), code_of(setup.secret, clock.now())
    await factors.check(directory.users["ann"], now)
    for code in (now, earlier):
        with pytest.raises(WrongCode):
            await factors.check(directory.users["ann"], code)


async def test_the_code_that_confirmed_does_not_sign_in(
    factors: SecondFactors, directory: Directory, clock: FakeClock
) -> None:
    setup = await factors.begin(ANN, PASSWORD)
    code = code_of(setup.secret, clock.now())
    await factors.confirm(ANN, code)
    with pytest.raises(WrongCode):
        await factors.check(directory.users["ann"], code)


async def test_of_many_who_use_a_code_at_once_one_gets_in(
    factors: SecondFactors, directory: Directory, clock: FakeClock
) -> None:
    setup, _ = await enable(factors, clock)
    user, code = directory.users["ann"], code_of(setup.secret, clock.now())
    results = await asyncio.gather(*(factors.check(user, code) for _ in range(4)), return_exceptions=True)
    assert [type(one) for one in results] == [type(None), WrongCode, WrongCode, WrongCode]


async def test_a_used_code_stays_used_after_a_restart(
    factors: SecondFactors,
    directory: Directory,
    database: Database,
    vault: Vault,
    audit: Audit,
    clock: FakeClock,
) -> None:
    setup, _ = await enable(factors, clock)
    code = code_of(setup.secret, clock.now())
    await factors.check(directory.users["ann"], code)
    again = await Directory.open(database)
    with pytest.raises(WrongCode):
        await SecondFactors(again, vault, audit, clock, verify).check(again.users["ann"], code)


async def test_recovery_codes_work_once_each(factors: SecondFactors, directory: Directory, clock: FakeClock) -> None:
    _, codes = await enable(factors, clock)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", code) for code in codes)
    await factors.check(directory.users["ann"], codes[3])
    await factors.check(directory.users["ann"], f" {codes[7].upper().replace('-', ' ')} ")
    for code in (codes[3], codes[7]):
        with pytest.raises(WrongCode):
            await factors.check(directory.users["ann"], code)
    assert len(directory.users["ann"].recovery) == 8


async def test_the_database_holds_no_secret_and_no_recovery_code(
    factors: SecondFactors, directory: Directory, database: Database, vault: Vault, clock: FakeClock, trail: Trail
) -> None:
    setup, codes = await enable(factors, clock)
    files = await asyncio.to_thread(
        lambda: b"".join(one.read_bytes() for one in database.path.parent.glob(database.path.name + "*"))
    )
    for secret in (setup.secret.encode(), base64.b32decode(setup.secret), codes[0].encode()):
        assert secret not in files
    assert hashlib.sha256(codes[0].replace("-", "").encode()).hexdigest().encode() in files
    sealed = directory.users["ann"].totp
    assert sealed is not None
    assert vault.unseal(sealed, purpose="totp", owner="ann") == setup.secret.encode()
    told = repr(await trail())
    assert setup.secret not in told
    assert codes[0] not in told


async def test_the_secret_of_another_account_does_not_count(
    factors: SecondFactors, directory: Directory, clock: FakeClock, add_user: AddUser
) -> None:
    setup, _ = await enable(factors, clock)
    thief = await add_user("eve", totp=directory.users["ann"].totp)
    with pytest.raises(WrongCode, match="secrets file"):
        await factors.check(thief, code_of(setup.secret, clock.now()))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "\udce9", "-1 000", "x" * 64])
async def test_what_is_no_code_is_wrong(
    factors: SecondFactors, directory: Directory, clock: FakeClock, code: str
) -> None:
    await enable(factors, clock)
    with pytest.raises(WrongCode):
        await factors.check(directory.users["ann"], code)


async def test_five_wrong_codes_a_minute_and_the_right_one_waits(
    factors: SecondFactors, directory: Directory, clock: FakeClock
) -> None:
    setup, codes = await enable(factors, clock)
    user = directory.users["ann"]
    for _ in range(5):
        with pytest.raises(WrongCode):
            await factors.check(user, "no code")
        await clock.advance(1)
    with pytest.raises(RateLimited) as caught:
        await factors.check(user, code_of(setup.secret, clock.now()))
    assert caught.value.retry_after_s == 55
    await factors.check(user, codes[0])
    await clock.advance(55)
    await factors.check(user, code_of(setup.secret, clock.now()))


async def test_the_wrong_ones_of_an_hour_count_together(
    factors: SecondFactors, directory: Directory, clock: FakeClock
) -> None:
    await enable(factors, clock)
    wrong = 0
    for _ in range(59):
        try:
            await factors.check(directory.users["ann"], "000")
        except WrongCode:
            wrong += 1
        except RateLimited:
            pass
        await clock.advance(60)
    assert wrong == 20


async def test_one_persons_wrong_codes_hinder_nobody_else(
    factors: SecondFactors, directory: Directory, clock: FakeClock, add_user: AddUser
) -> None:
    setup, _ = await enable(factors, clock)
    other = await add_user("eve", totp=b"other")
    for _ in range(6):
        with pytest.raises((WrongCode, RateLimited)):
            await factors.check(other, "000000")
    await factors.check(directory.users["ann"], code_of(setup.secret, clock.now()))


async def test_nothing_is_in_force_before_a_code_was_seen(
    factors: SecondFactors, directory: Directory, clock: FakeClock
) -> None:
    await factors.begin(ANN, PASSWORD)
    with pytest.raises(WrongCode):
        await factors.confirm(ANN, "000000")
    assert directory.users["ann"].totp is None
    await factors.check(directory.users["ann"], "anything")


async def test_a_set_up_waits_ten_minutes(factors: SecondFactors, clock: FakeClock) -> None:
    setup = await factors.begin(ANN, PASSWORD)
    await clock.advance(SETUP_S)
    with pytest.raises(SecondFactorMissing):
        await factors.confirm(ANN, code_of(setup.secret, clock.now()))


async def test_the_newest_set_up_counts(factors: SecondFactors, clock: FakeClock) -> None:
    first = await factors.begin(ANN, PASSWORD)
    second = await factors.begin(ANN, PASSWORD)
    with pytest.raises(WrongCode):
        await factors.confirm(ANN, code_of(first.secret, clock.now()))
    await factors.confirm(ANN, code_of(second.secret, clock.now()))


async def test_there_is_an_end_to_set_ups_that_wait(
    directory: Directory, vault: Vault, audit: Audit, clock: FakeClock, add_user: AddUser
) -> None:
    factors = SecondFactors(directory, vault, audit, clock, verify, most_setups=2)
    await add_user("ann", password=f"hash of {PASSWORD}")
    oldest = await factors.begin(ANN, PASSWORD)
    for name in ("bob", "cid"):
        await add_user(name)
        newest = await factors.begin(Principal(id=name, role=Role.VIEWER, user=name), None)
    with pytest.raises(SecondFactorMissing):
        await factors.confirm(ANN, code_of(oldest.secret, clock.now()))
    await factors.confirm(Principal(id="cid", role=Role.VIEWER, user="cid"), code_of(newest.secret, clock.now()))


async def test_the_password_is_asked_for_again(factors: SecondFactors, directory: Directory, clock: FakeClock) -> None:
    for password in (None, "wrong"):
        with pytest.raises(WrongPassword):
            await factors.begin(ANN, password)
    await enable(factors, clock)
    with pytest.raises(WrongPassword):
        await factors.remove(ANN, "wrong")
    assert directory.users["ann"].totp is not None
    await factors.remove(ANN, PASSWORD)
    user = directory.users["ann"]
    assert (user.totp, user.totp_step, user.recovery) == (None, 0, ())


async def test_the_password_cannot_be_guessed_here(factors: SecondFactors) -> None:
    results = await asyncio.gather(*(factors.begin(ANN, f"guess {n}") for n in range(20)), return_exceptions=True)
    assert [type(one) for one in results].count(WrongPassword) == 5
    with pytest.raises(RateLimited):
        await factors.begin(ANN, PASSWORD)


async def test_an_account_without_a_password_gives_none(factors: SecondFactors, clock: FakeClock) -> None:
    with pytest.raises(NoPassword):
        await factors.begin(OIDC, "anything")
    setup = await factors.begin(OIDC, None)
    await factors.confirm(OIDC, code_of(setup.secret, clock.now()))
    await factors.remove(OIDC, None)


async def test_there_is_one_second_factor_at_a_time(factors: SecondFactors, clock: FakeClock) -> None:
    with pytest.raises(SecondFactorMissing):
        await factors.remove(ANN, PASSWORD)
    await enable(factors, clock)
    with pytest.raises(SecondFactorActive):
        await factors.begin(ANN, PASSWORD)
    with pytest.raises(SecondFactorMissing):
        await factors.confirm(ANN, "000000")


async def test_it_is_for_people_who_signed_in(factors: SecondFactors) -> None:
    program = Principal(id="ann:ci", role=Role.VIEWER, user="ann", scopes=frozenset())
    for who in (program, CONSOLE):
        with pytest.raises(Forbidden):
            await factors.begin(who, PASSWORD)


async def test_what_an_app_scans(factors: SecondFactors) -> None:
    setup = await factors.begin(ANN, PASSWORD)
    parts = urlsplit(setup.uri)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Pilothouse:ann")
    assert parse_qs(parts.query) == {"secret": [setup.secret], "issuer": ["Pilothouse"]}
    assert len(base64.b32decode(setup.secret)) == 20
    # As an image under a policy without inline styles or scripts: nothing but shapes.
    assert setup.qr.startswith("<svg ")
    names = {element.tag.partition("}")[2] for element in ElementTree.fromstring(setup.qr).iter()}
    assert names == {"svg", "path"}
    assert "style" not in setup.qr


async def test_every_change_leaves_a_trace(factors: SecondFactors, clock: FakeClock, trail: Trail) -> None:
    await enable(factors, clock)
    await factors.remove(ANN, PASSWORD)
    assert [(one.actor, one.action, one.target, one.address) for one in await trail()] == [
        ("ann", "second_factor_enabled", "ann", "10.0.0.7"),
        ("ann", "second_factor_disabled", "ann", "10.0.0.7"),
    ]


async def test_without_a_trace_nothing_changes(
    factors: SecondFactors, directory: Directory, clock: FakeClock, log: HandledLog
) -> None:
    setup = await factors.begin(ANN, PASSWORD)
    log.full = True
    with pytest.raises(StorageUnavailable):
        await factors.confirm(ANN, code_of(setup.secret, clock.now()))
    assert directory.users["ann"].totp is None
    log.full = False
    await factors.confirm(ANN, code_of(setup.secret, clock.now()))


async def test_every_refusal_leaves_a_trace(factors: SecondFactors, trail: Trail) -> None:
    with pytest.raises(WrongPassword) as wrong:
        await factors.begin(ANN, "a wrong one")
    assert wrong.value.audited  # The door, which notes what is forbidden, leaves it at that.
    await factors.begin(ANN, PASSWORD)
    with pytest.raises(WrongCode):
        await factors.confirm(ANN, "000000")
    refusals = await trail()
    assert [(one.actor, one.action, one.outcome, one.code) for one in refusals] == [
        ("ann", "second_factor_enabled", "refused", "wrong_password"),
        ("ann", "second_factor_enabled", "refused", "wrong_code"),
    ]
    assert "a wrong one" not in repr(refusals)
