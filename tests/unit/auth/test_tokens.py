"""Tokens for programs: narrower than their owner, shown once, revocable."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from server.access import CONSOLE, Principal, Role, Scope
from server.auth.bounds import TooMany
from server.auth.directory import Directory
from server.auth.records import ApiToken
from server.auth.titles import InvalidTitle
from server.auth.token_use import TokenUse
from server.auth.tokens import MOST, MOST_OF_ONE, ApiTokens, TokenNameTaken, TokenNotFound
from server.errors import Forbidden, InvalidRequest, InvalidToken, StorageUnavailable, TokenExpired
from server.eventlog.audit import Audit
from server.protocol.identity import NewServiceTokenBody, NewTokenBody, ScopeWord
from server.storage.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.log import HandledLog
from tests.unit.auth.conftest import AddUser, Trail

DAY_S = 24 * 3600


@pytest.fixture
async def tokens(directory: Directory, audit: Audit, clock: FakeClock, add_user: AddUser) -> AsyncIterator[ApiTokens]:
    await add_user("ann", Role.OPERATOR)
    await add_user("bob", Role.VIEWER)
    tokens = ApiTokens(directory, audit, clock)
    yield tokens
    await tokens.close()


def person(name: str = "ann", role: Role = Role.OPERATOR) -> Principal:
    return Principal(id=name, role=role, user=name, credential="login", address="10.0.0.7")


def body(name: str = "ci", *scopes: ScopeWord, days: int | None = None) -> NewTokenBody:
    return NewTokenBody(name=name, scopes=list(scopes or ("read",)), days=days)


async def settle(directory: Directory) -> None:
    """Return when what was begun beside the requests is written."""
    others = [task for task in asyncio.all_tasks() if task.get_name().startswith("token_use")]
    await asyncio.gather(*others)


async def test_a_token_leads_to_its_record(tokens: ApiTokens) -> None:
    made = await tokens.create_own(person(), body("ci", "read", "operate"))
    found = tokens.lookup(made.token)
    assert (found.name, found.user, found.role) == ("ci", "ann", Role.OPERATOR)
    assert found.scopes == frozenset({Scope.READ, Scope.OPERATE})
    assert re.fullmatch(r"plh_[0-9a-z]{26}_[A-Za-z0-9_-]{43}", made.token)


async def test_neither_the_database_nor_the_trail_holds_the_secret(
    tokens: ApiTokens, database: Database, trail: Trail
) -> None:
    made = await tokens.create_own(person(), body())
    secret = made.token.split("_", 2)[2]
    files = await asyncio.to_thread(_content, database.path)
    assert secret.encode() not in files
    assert secret not in repr(await trail())
    assert made.view.id.encode() in files


def _content(path: Path) -> bytes:
    return b"".join(part.read_bytes() for part in path.parent.glob(path.name + "*"))


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token[:-2] + ("AA" if not token.endswith("AA") else "BB"),
        lambda token: token.replace("plh_", "plx_"),
        lambda token: "_".join(token.split("_")[:2]),
        lambda token: "plh_" + "0" * 26 + "_" + token[31:],
        lambda token: token[:-1] + "é",
        lambda token: token[:-1] + "\udce9",
        lambda token: token + "A" * 100_000,
        lambda token: "",
        lambda token: "plh_",
        lambda token: "plh__",
    ],
)
async def test_what_is_not_exactly_a_token_is_invalid(tokens: ApiTokens, change: object) -> None:
    made = await tokens.create_own(person(), body())
    assert callable(change)
    with pytest.raises(InvalidToken):
        tokens.lookup(change(made.token))


async def test_a_token_ends_with_its_last_day(tokens: ApiTokens, clock: FakeClock) -> None:
    made = await tokens.create_own(person(), body(days=2))
    await clock.advance(2 * DAY_S - 1)
    tokens.lookup(made.token)
    await clock.advance(1)
    with pytest.raises(TokenExpired):
        tokens.lookup(made.token)


@pytest.mark.parametrize(
    ("role", "scope", "may"),
    [
        (Role.VIEWER, "read", True),
        (Role.VIEWER, "operate", False),
        (Role.VIEWER, "admin", False),
        (Role.OPERATOR, "operate", True),
        (Role.OPERATOR, "admin", False),
        (Role.ADMIN, "admin", True),
    ],
)
async def test_nobody_makes_a_token_that_may_do_more_than_they_may(
    tokens: ApiTokens, role: Role, scope: ScopeWord, may: bool
) -> None:
    if may:
        assert (await tokens.create_own(person(role=role), body("ci", scope))).view.scopes == [scope]
        return
    with pytest.raises(Forbidden):
        await tokens.create_own(person(role=role), body("ci", scope))


async def test_a_token_makes_no_tokens_for_its_owner(tokens: ApiTokens) -> None:
    program = Principal(id="ann:ci", role=Role.OPERATOR, user="ann", scopes=frozenset(Scope))
    with pytest.raises(Forbidden):
        await tokens.create_own(program, body())
    with pytest.raises(Forbidden):
        tokens.list_own(program)


async def test_only_administrators_and_the_command_line_make_tokens_of_nobody(tokens: ApiTokens) -> None:
    made = await tokens.create(CONSOLE, NewServiceTokenBody(name="ci", role="operator"))
    assert (made.view.user, made.view.role, made.view.scopes) == (None, "operator", ["read", "operate"])
    assert tokens.lookup(made.token).scopes is None
    with pytest.raises(Forbidden):
        await tokens.create(person(), NewServiceTokenBody(name="other", role="viewer"))


async def test_a_scope_that_would_never_count_is_told_at_once(tokens: ApiTokens) -> None:
    with pytest.raises(InvalidRequest, match="operate"):
        await tokens.create(CONSOLE, NewServiceTokenBody(name="ci", role="viewer", scopes=["read", "operate"]))


async def test_everybody_lists_their_own_and_administrators_all(tokens: ApiTokens) -> None:
    await tokens.create_own(person(), body("first"))
    await tokens.create_own(person(), body("second"))
    await tokens.create_own(person("bob", Role.VIEWER), body("third"))
    await tokens.create(CONSOLE, NewServiceTokenBody(name="fourth", role="viewer"))
    assert [one.name for one in tokens.list_own(person()).tokens] == ["first", "second"]
    assert {one.name for one in tokens.list_all(CONSOLE).tokens} == {"first", "second", "third", "fourth"}
    with pytest.raises(Forbidden):
        tokens.list_all(person())


async def test_a_revoked_token_is_gone_after_a_restart_too(
    tokens: ApiTokens, directory: Directory, database: Database, audit: Audit, clock: FakeClock
) -> None:
    told: list[None] = []
    directory.on_change(lambda: told.append(None))
    made = await tokens.create_own(person(), body())
    await tokens.revoke_own(person(), made.view.id)
    again = ApiTokens(await Directory.open(database), audit, clock)
    for one in (tokens, again):
        with pytest.raises(InvalidToken):
            one.lookup(made.token)
    assert told, "live connections are looked at again"


async def test_nobody_revokes_the_token_of_another(tokens: ApiTokens) -> None:
    made = await tokens.create_own(person(), body())
    with pytest.raises(TokenNotFound):
        await tokens.revoke_own(person("bob", Role.VIEWER), made.view.id)
    with pytest.raises(Forbidden):
        await tokens.revoke(person("bob", Role.VIEWER), made.view.id)
    tokens.lookup(made.token)
    await tokens.revoke(person("root", Role.ADMIN), made.view.id)
    with pytest.raises(TokenNotFound):
        await tokens.revoke(CONSOLE, made.view.id)


@pytest.mark.parametrize("name", ["", " ci", "ci ", "c\ni", "c\u202ei", "x" * 65])
async def test_a_name_is_what_people_can_read(tokens: ApiTokens, name: str) -> None:
    with pytest.raises(InvalidTitle):
        await tokens.create_own(person(), NewTokenBody(name=name, scopes=["read"]))


async def test_two_living_tokens_of_one_owner_have_two_names(tokens: ApiTokens, clock: FakeClock) -> None:
    await tokens.create_own(person(), body("ci", days=1))
    await tokens.create_own(person("bob", Role.VIEWER), body("ci"))
    with pytest.raises(TokenNameTaken):
        await tokens.create_own(person(), body("ci"))
    await clock.advance(DAY_S)
    await tokens.create_own(person(), body("ci"))
    assert [one.name for one in tokens.list_own(person()).tokens] == ["ci"]


async def test_there_is_an_end_to_the_tokens_of_one_person(tokens: ApiTokens) -> None:
    for number in range(MOST_OF_ONE):
        await tokens.create_own(person(), body(f"ci {number}"))
    with pytest.raises(TooMany):
        await tokens.create_own(person(), body("one more"))
    await tokens.create_own(person("bob", Role.VIEWER), body())


async def test_there_is_an_end_to_all_tokens(tokens: ApiTokens, directory: Directory, clock: FakeClock) -> None:
    for number in range(MOST):
        await directory.put_token(
            ApiToken(
                id=str(number),
                name=str(number),
                user=None,
                role=Role.VIEWER,
                scopes=None,
                hash=b"%d" % number,
                created_at=clock.now(),
                expires_at=None,
            )
        )
    with pytest.raises(TooMany):
        await tokens.create(CONSOLE, NewServiceTokenBody(name="one more", role="viewer"))


async def test_two_at_once_do_not_get_past_the_name(tokens: ApiTokens) -> None:
    results = await asyncio.gather(*(tokens.create_own(person(), body("ci")) for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in results].count(TokenNameTaken) == 4


async def test_making_and_revoking_leave_a_trace(tokens: ApiTokens, trail: Trail) -> None:
    made = await tokens.create_own(person(), body("ci", "read", "operate", days=1))
    await tokens.revoke(CONSOLE, made.view.id)
    created, revoked = await trail()
    assert (created.actor, created.action, created.target, created.address) == (
        "ann",
        "token_created",
        "ci",
        "10.0.0.7",
    )
    assert created.detail == {
        "id": made.view.id,
        "role": "operator",
        "scopes": "read operate",
        "user": "ann",
        "expires_at": "2026-11-21T09:00:00.000Z",
    }
    assert (revoked.actor, revoked.action, revoked.target) == ("console", "token_revoked", "ci")


async def test_without_a_trace_nothing_is_made_or_revoked(tokens: ApiTokens, log: HandledLog) -> None:
    made = await tokens.create_own(person(), body())
    log.full = True
    with pytest.raises(StorageUnavailable):
        await tokens.create_own(person(), body("other"))
    with pytest.raises(StorageUnavailable):
        await tokens.revoke_own(person(), made.view.id)
    assert [one.name for one in tokens.list_own(person()).tokens] == ["ci"]


async def test_the_last_use_is_kept_to_five_minutes(tokens: ApiTokens, directory: Directory, clock: FakeClock) -> None:
    made = await tokens.create_own(person(), body())
    seen = []
    for wait_s in (0, 299, 1):
        await clock.advance(wait_s)
        tokens.lookup(made.token)
        await settle(directory)
        seen.append(tokens.list_own(person()).tokens[0].last_used_at)
    assert seen == ["2026-11-20T09:00:00.000Z", "2026-11-20T09:00:00.000Z", "2026-11-20T09:05:00.000Z"]


async def test_of_tokens_that_are_gone_nothing_is_remembered(
    tokens: ApiTokens, directory: Directory, clock: FakeClock
) -> None:
    use = TokenUse(directory, clock)
    made = [await tokens.create_own(person(), body(name)) for name in ("first", "second")]
    use.note(made[0].view.id)
    await settle(directory)
    await tokens.revoke_own(person(), made[0].view.id)
    use.note(made[1].view.id)
    assert len(use) == 1
    await use.close()


async def test_a_use_noted_late_does_not_bring_a_revoked_token_back(tokens: ApiTokens, directory: Directory) -> None:
    made = await tokens.create_own(person(), body())
    async with directory.changing:
        tokens.lookup(made.token)
        await directory.drop_token(made.view.id)
    await settle(directory)
    assert made.view.id not in directory.tokens


async def test_a_use_that_cannot_be_written_hinders_no_request(
    tmp_path: Path, audit: Audit, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    database = await HandledDatabase.open(tmp_path / "handled.db")
    assert isinstance(database, HandledDatabase)
    directory = await Directory.open(database)
    tokens = ApiTokens(directory, audit, clock)
    made = await tokens.create(CONSOLE, NewServiceTokenBody(name="ci", role="viewer"))
    database.failures.append(StorageUnavailable("The disk is full."))
    assert tokens.lookup(made.token).name == "ci"
    await settle(directory)
    assert "was not noted" in caplog.text
    assert made.token not in msgspec.json.encode([record.getMessage() for record in caplog.records]).decode()
    await tokens.close()
    await database.close()
