"""The server's own keys."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.auth.vault import OVERLAP_S, ROTATE_S, SECRETS, BrokenSeal, Vault
from server.errors import StartupError
from tests.fakes.clock import FakeClock


async def reopen(tmp_path: Path, clock: FakeClock) -> Vault:
    return await asyncio.to_thread(Vault.open, tmp_path / SECRETS, clock)


async def test_first_start_makes_a_file_that_only_its_user_can_read(vault: Vault, tmp_path: Path) -> None:
    assert (tmp_path / SECRETS).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [SECRETS]


async def test_same_keys_are_there_after_a_restart(vault: Vault, tmp_path: Path, clock: FakeClock) -> None:
    sealed = vault.seal(b"secret", purpose="totp", owner="ann")
    again = await reopen(tmp_path, clock)
    assert again.signing_key == vault.signing_key
    assert again.unseal(sealed, purpose="totp", owner="ann") == b"secret"
    assert again.mac("refresh", b"data") == vault.mac("refresh", b"data")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o677])
async def test_file_that_others_may_use_stops_the_start(
    vault: Vault, tmp_path: Path, clock: FakeClock, mode: int
) -> None:
    (tmp_path / SECRETS).chmod(mode)
    with pytest.raises(StartupError, match="chmod 600"):
        await reopen(tmp_path, clock)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b'{"version":1,"signing":[],"sealing":""}',
        b'{"version":1,"signing":[{"kid":"a","secret":"AAAA","created_at":1}],"sealing":"AAAA"}',
    ],
)
async def test_damaged_file_stops_the_start_and_stays(
    vault: Vault, tmp_path: Path, clock: FakeClock, damage: bytes
) -> None:
    (tmp_path / SECRETS).write_bytes(damage)
    with pytest.raises(StartupError, match="damaged"):
        await reopen(tmp_path, clock)
    assert (tmp_path / SECRETS).read_bytes() == damage


async def test_file_of_a_newer_version_stops_the_start(vault: Vault, tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / SECRETS
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))
    with pytest.raises(StartupError, match="newer"):
        await reopen(tmp_path, clock)


async def test_folder_or_link_in_its_place_stops_the_start(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / SECRETS).mkdir()
    with pytest.raises(StartupError, match="cannot be used"):
        await reopen(tmp_path, clock)
    (tmp_path / SECRETS).rmdir()
    (tmp_path / SECRETS).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StartupError, match="cannot be used"):
        await reopen(tmp_path, clock)


async def test_what_a_crash_left_half_written_does_not_matter(tmp_path: Path, clock: FakeClock) -> None:
    half = tmp_path / (SECRETS + ".new")
    half.write_bytes(b"{")
    half.chmod(0o644)
    await reopen(tmp_path, clock)
    assert (tmp_path / SECRETS).stat().st_mode & 0o777 == 0o600
    assert not half.exists()


async def test_key_is_renewed_after_thirty_days_and_not_before(vault: Vault, tmp_path: Path, clock: FakeClock) -> None:
    first = vault.signing_key
    await clock.advance(ROTATE_S - 1)
    assert not await asyncio.to_thread(vault.rotate_if_due)
    await clock.advance(1)
    assert await asyncio.to_thread(vault.rotate_if_due)
    assert vault.signing_key.kid != first.kid
    assert (await reopen(tmp_path, clock)).signing_key == vault.signing_key


async def test_renewed_key_verifies_until_its_last_tokens_are_over(vault: Vault, clock: FakeClock) -> None:
    first = vault.signing_key
    await clock.advance(ROTATE_S)
    await asyncio.to_thread(vault.rotate_if_due)
    await clock.advance(OVERLAP_S - 1)
    assert vault.verifying_key(first.kid) == first
    await clock.advance(1)
    assert vault.verifying_key(first.kid) is None
    assert vault.verifying_key(vault.signing_key.kid) == vault.signing_key


async def test_at_most_three_keys_are_kept(vault: Vault, tmp_path: Path, clock: FakeClock) -> None:
    for _ in range(5):
        await clock.advance(ROTATE_S)
        await asyncio.to_thread(vault.rotate_if_due)
    assert (tmp_path / SECRETS).read_bytes().count(b'"kid"') == 3
    assert (await reopen(tmp_path, clock)).signing_key == vault.signing_key


async def test_key_that_cannot_be_stored_does_not_sign(vault: Vault, tmp_path: Path, clock: FakeClock) -> None:
    first = vault.signing_key
    await clock.advance(ROTATE_S)
    (tmp_path / (SECRETS + ".new")).mkdir()
    with pytest.raises(OSError, match=r"secrets\.json\.new"):
        await asyncio.to_thread(vault.rotate_if_due)
    assert vault.signing_key == first


async def test_seal_opens_only_for_its_purpose_and_owner_and_unchanged(vault: Vault) -> None:
    sealed = vault.seal(b"secret", purpose="totp", owner="ann")
    assert b"secret" not in sealed
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for data, purpose, owner in [
        (sealed, "totp", "bob"),
        (sealed, "other", "ann"),
        (changed, "totp", "ann"),
        (sealed[:5], "totp", "ann"),
        (b"", "totp", "ann"),
    ]:
        with pytest.raises(BrokenSeal):
            vault.unseal(data, purpose=purpose, owner=owner)


async def test_same_data_is_sealed_differently_each_time(vault: Vault) -> None:
    assert vault.seal(b"x", purpose="totp", owner="ann") != vault.seal(b"x", purpose="totp", owner="ann")


async def test_macs_of_two_purposes_differ(vault: Vault) -> None:
    assert vault.mac("refresh", b"data") != vault.mac("device", b"data")


async def test_no_secret_shows_in_a_repr(vault: Vault) -> None:
    assert repr(vault.signing_key) == f"SigningKey({vault.signing_key.kid})"
