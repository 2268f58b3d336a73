"""Whose a token is: always as the directory is now, never as it was when the token was made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from server.access import CONSOLE, LOCAL, MemberRole, Permission, Role, Scope, allows
from server.auth.access_tokens import LIFE_S, AccessTokens
from server.auth.directory import Directory
from server.auth.identities import Identities
from server.auth.records import ApiToken, Login, Workspace
from server.errors import InvalidToken, TokenExpired, TokenRevoked
from tests.fakes.clock import FakeClock
from tests.unit.auth.conftest import AddUser

ADDRESS = "192.0.2.1"
AddLogin = Callable[..., Awaitable[str]]
AddToken = Callable[..., Awaitable[str]]


class CountingTokens(AccessTokens):
    """`asked`: how often a token had to be verified."""

    asked = 0

    def verify(self, token: str) -> Any:
        self.asked += 1
        return super().verify(token)


@pytest.fixture
def access_tokens(vault: Any, clock: FakeClock) -> CountingTokens:
    return CountingTokens(vault, clock)


@pytest.fixture
def identities(directory: Directory, access_tokens: CountingTokens, clock: FakeClock) -> Identities:
    def lookup(token: str) -> ApiToken:
        found = directory.tokens.get(token.removeprefix("plh_"))
        if found is None:
            raise InvalidToken("Not known.")
        return found

    return Identities(directory, access_tokens, clock, lookup=lookup)


@pytest.fixture
def add_login(directory: Directory, access_tokens: CountingTokens, clock: FakeClock) -> AddLogin:
    """Signs an account in and returns an access token."""

    async def add(user: str = "ann", id: str = "L", life_s: float = 1e6) -> str:
        now = clock.now()
        await directory.put_login(
            Login(
                id=id,
                user=user,
                generation=1,
                created_at=now,
                refreshed_at=now,
                expires_at=now + life_s,
                address=None,
                agent=None,
            )
        )
        return access_tokens.issue(user, id)[0]

    return add


@pytest.fixture
def add_token(directory: Directory, clock: FakeClock) -> AddToken:
    """Puts an API token into the directory and returns it."""

    async def add(id: str = "T", **fields: Any) -> str:
        fields = {"user": None, "role": Role.ADMIN, "scopes": None, "expires_at": None} | fields
        await directory.put_token(ApiToken(id=id, name="ci", hash=id.encode(), created_at=clock.now(), **fields))
        return f"plh_{id}"

    return add


async def change(directory: Directory, name: str, **fields: Any) -> None:
    await directory.put_user(msgspec.structs.replace(directory.users[name], **fields))


async def test_access_token_stands_for_its_account_as_it_is(
    identities: Identities, directory: Directory, add_user: AddUser, add_login: AddLogin, clock: FakeClock
) -> None:
    await add_user("ann", Role.OPERATOR, labels=("team=ops",))
    await directory.put_workspace(Workspace(id="W", name="w", created_at=0, members={"ann": MemberRole.OWNER}))
    found = identities.by_token(await add_login(), address=ADDRESS)
    assert found.expires_at_s == clock.now() + LIFE_S
    who = found.principal
    assert (who.id, who.user, who.role, who.credential) == ("ann", "ann", Role.OPERATOR, "L")
    assert (who.labels, who.workspaces, who.scopes) == (("team=ops",), (("W", MemberRole.OWNER),), None)
    assert who.address == ADDRESS
    assert allows(who, Permission.ACCOUNT)


async def test_token_of_an_earlier_role_has_the_present_one(
    identities: Identities, directory: Directory, add_user: AddUser, add_login: AddLogin
) -> None:
    await add_user("ann", Role.ADMIN)
    token = await add_login()
    before = identities.by_token(token, address=ADDRESS).principal
    await change(directory, "ann", role=Role.VIEWER, labels=("a",))
    after = identities.by_token(token, address=ADDRESS).principal
    assert (after.role, after.labels) == (Role.VIEWER, ("a",))
    assert identities.current(before) == after


async def test_membership_counts_and_ends_at_once(
    identities: Identities, directory: Directory, add_user: AddUser, add_login: AddLogin
) -> None:
    await add_user("ann")
    before = identities.by_token(await add_login(), address=ADDRESS).principal
    workspace = Workspace(id="W", name="w", created_at=0, members={"ann": MemberRole.VIEWER})
    await directory.put_workspace(workspace)
    member = identities.current(before)
    assert member is not None
    assert member.workspaces == (("W", MemberRole.VIEWER),)
    await directory.put_workspace(msgspec.structs.replace(workspace, members={}))
    assert identities.current(member) == before


async def test_access_token_ends_in_its_time_although_it_is_remembered(
    identities: Identities, add_user: AddUser, add_login: AddLogin, clock: FakeClock
) -> None:
    await add_user("ann")
    token = await add_login()
    identities.by_token(token, address=ADDRESS)
    await clock.advance(LIFE_S - 1)
    identities.by_token(token, address=ADDRESS)
    await clock.advance(1)
    for _ in range(2):
        with pytest.raises(TokenExpired):
            identities.by_token(token, address=ADDRESS)


async def test_sign_out_ends_a_token_that_is_remembered(
    identities: Identities, directory: Directory, add_user: AddUser, add_login: AddLogin
) -> None:
    await add_user("ann")
    token = await add_login()
    who = identities.by_token(token, address=ADDRESS).principal
    await directory.drop_logins(["L"])
    with pytest.raises(TokenRevoked):
        identities.by_token(token, address=ADDRESS)
    assert identities.current(who) is None


async def test_disabling_an_account_ends_its_sign_ins_and_tokens(
    identities: Identities, directory: Directory, add_user: AddUser, add_login: AddLogin, add_token: AddToken
) -> None:
    await add_user("ann")
    tokens = [await add_login(), await add_token(user="ann")]
    present = [identities.by_token(token, address=ADDRESS).principal for token in tokens]
    await change(directory, "ann", disabled=True)
    for token in tokens:
        with pytest.raises(TokenRevoked):
            identities.by_token(token, address=ADDRESS)
    assert [identities.current(one) for one in present] == [None, None]


async def test_sign_in_that_was_not_used_for_too_long_is_over(
    identities: Identities, add_user: AddUser, add_login: AddLogin, clock: FakeClock
) -> None:
    await add_user("ann")
    token = await add_login(life_s=60)
    who = identities.by_token(token, address=ADDRESS).principal
    await clock.advance(60)
    with pytest.raises(TokenRevoked):
        identities.by_token(token, address=ADDRESS)
    assert identities.current(who) is None


async def test_token_of_one_persons_sign_in_does_not_stand_for_another(
    identities: Identities, access_tokens: CountingTokens, add_user: AddUser, add_login: AddLogin
) -> None:
    await add_user("ann")
    await add_user("bob", Role.ADMIN)
    await add_login("ann")
    with pytest.raises(TokenRevoked):
        identities.by_token(access_tokens.issue("bob", "L")[0], address=ADDRESS)


async def test_same_token_is_verified_once_and_a_changed_one_is_never_remembered(
    identities: Identities, access_tokens: CountingTokens, add_user: AddUser, add_login: AddLogin
) -> None:
    await add_user("ann")
    token = await add_login()
    for _ in range(5):
        identities.by_token(token, address=ADDRESS)
    assert access_tokens.asked == 1
    for _ in range(2):
        with pytest.raises(InvalidToken):
            identities.by_token(token + "x", address=ADDRESS)
    assert access_tokens.asked == 3


async def test_many_requests_share_one_principal(
    identities: Identities, directory: Directory, add_user: AddUser, add_login: AddLogin, access_tokens: CountingTokens
) -> None:
    await add_user("ann")
    first = identities.by_token(await add_login(), address=ADDRESS).principal
    await change(directory, "ann", last_seen_at=5.0)
    assert identities.by_token(access_tokens.issue("ann", "L")[0], address=ADDRESS).principal is first
    assert identities.current(first) is first


async def test_address_is_that_of_the_request(identities: Identities, add_user: AddUser, add_login: AddLogin) -> None:
    await add_user("ann")
    token = await add_login()
    addresses = [ADDRESS, "198.51.100.7", None, ADDRESS]
    assert [identities.by_token(token, address=one).principal.address for one in addresses] == addresses


async def test_what_is_remembered_is_bounded(
    identities: Identities, access_tokens: CountingTokens, add_user: AddUser, add_login: AddLogin
) -> None:
    await add_user("ann")
    first = await add_login()
    identities.by_token(first, address=ADDRESS)
    for number in range(4096):
        identities.by_token(access_tokens.issue("ann", "L")[0], address=str(number))
    asked = access_tokens.asked
    identities.by_token(first, address=ADDRESS)
    assert access_tokens.asked == asked + 1


async def test_token_of_a_person_is_never_more_than_they_are(
    identities: Identities, directory: Directory, add_user: AddUser, add_token: AddToken
) -> None:
    await add_user("ann", Role.ADMIN, labels=("a",))
    token = await add_token(user="ann", role=Role.OPERATOR, scopes=frozenset({Scope.READ}))
    who = identities.by_token(token, address=ADDRESS).principal
    assert (who.id, who.user, who.role, who.credential) == ("ann:ci", "ann", Role.OPERATOR, "T")
    assert (who.labels, who.scopes) == (("a",), frozenset({Scope.READ}))
    await change(directory, "ann", role=Role.VIEWER)
    now = identities.current(who)
    assert now is not None
    assert now.role is Role.VIEWER


async def test_token_of_nobody_has_its_own_role(identities: Identities, add_token: AddToken, clock: FakeClock) -> None:
    found = identities.by_token(await add_token(expires_at=clock.now() + 60), address=ADDRESS)
    who = found.principal
    assert (who.id, who.user, who.role, found.expires_at_s) == ("token:ci", None, Role.ADMIN, clock.now() + 60)
    assert identities.current(who) is who
    await clock.advance(60)
    assert identities.current(who) is None


async def test_token_without_scopes_may_all_but_change_the_account_and_decide_for_agents(
    identities: Identities, add_user: AddUser, add_token: AddToken
) -> None:
    await add_user("ann", Role.ADMIN)
    who = identities.by_token(await add_token(user="ann"), address=ADDRESS).principal
    assert {one for one in Permission if allows(who, one)} == set(Permission) - {Permission.ACCOUNT, Permission.APPROVE}


async def test_a_person_is_known_by_name_without_a_sign_in(identities: Identities, add_user: AddUser) -> None:
    await add_user("ann", Role.OPERATOR, labels=("a",))
    who = identities.named("ann")
    assert who is not None
    assert (who.id, who.user, who.role, who.labels, who.scopes) == ("ann", "ann", Role.OPERATOR, ("a",), None)


async def test_who_was_disabled_or_never_was_is_nobody(
    identities: Identities, directory: Directory, add_user: AddUser
) -> None:
    await add_user("ann", Role.OPERATOR)
    await change(directory, "ann", disabled=True)
    assert [identities.named(one) for one in ("ann", "bob", "", "ann:ci", "token:ci", ":")] == [None] * 6


async def test_a_token_is_known_by_its_principal_with_its_own_scopes(
    identities: Identities, directory: Directory, add_user: AddUser, add_token: AddToken, clock: FakeClock
) -> None:
    await add_user("ann", Role.ADMIN)
    await add_token("T", user="ann", role=Role.OPERATOR, scopes=frozenset({Scope.READ}))
    await add_token("S", role=Role.VIEWER, expires_at=clock.now() + 60)
    own, service = identities.named("ann:ci"), identities.named("token:ci")
    assert own is not None
    assert service is not None
    assert (own.id, own.role, own.scopes) == ("ann:ci", Role.OPERATOR, frozenset({Scope.READ}))
    assert (service.id, service.user, service.role) == ("token:ci", None, Role.VIEWER)
    await clock.advance(60)
    await change(directory, "ann", disabled=True)
    assert (identities.named("ann:ci"), identities.named("token:ci")) == (None, None)


async def test_revoked_token_is_over_for_live_connections(
    identities: Identities, directory: Directory, add_token: AddToken
) -> None:
    who = identities.by_token(await add_token(), address=ADDRESS).principal
    await directory.drop_token("T")
    assert identities.current(who) is None


async def test_machine_itself_stays_who_it_is(identities: Identities) -> None:
    assert identities.current(LOCAL) is LOCAL
    assert identities.current(CONSOLE) is CONSOLE


@pytest.mark.parametrize("token", ["", "plh_", "plh_\ud800", "\ud800", "Bearer x", "x" * 1_000_000])
async def test_what_is_no_token_is_refused(identities: Identities, token: str) -> None:
    with pytest.raises(InvalidToken):
        identities.by_token(token, address=ADDRESS)


async def test_change_while_others_ask_is_seen_by_all(
    identities: Identities, directory: Directory, add_user: AddUser, add_login: AddLogin
) -> None:
    await add_user("ann", Role.ADMIN)
    token = await add_login()
    seen: list[Role | None] = []
    who = identities.by_token(token, address=ADDRESS).principal

    def look() -> None:
        now = identities.current(who)
        seen.append(None if now is None else now.role)

    directory.on_change(look)
    await asyncio.gather(change(directory, "ann", role=Role.VIEWER), directory.drop_logins(["L"]))
    assert seen == [Role.VIEWER, None]
