"""The bodies of REST about people: who is signed in, accounts, sign-ins, tokens, workspaces, and the audit trail."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from server.protocol.events import AuditData

RoleWord = Literal["viewer", "operator", "admin"]
MemberRoleWord = Literal["viewer", "member", "owner"]
ScopeWord = Literal["read", "operate", "admin"]
PermissionWord = Literal["view", "operate", "approve", "account", "people", "audit"]

UserName = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
"""Looser than a name that an account can have: at a sign-in every wrong one gets the same answer."""
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Labels = Annotated[list[Label], msgspec.Meta(max_length=16)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]


class SessionUser(msgspec.Struct, frozen=True, kw_only=True):
    """`password`: the account has one, so it can be changed here. `labels`: only containers with these are shown."""

    name: str
    role: RoleWord
    labels: list[str]
    password: bool
    second_factor: bool


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """Who the browser is signed in as, and what the interface may offer. `user` is null for nobody, for a token of
    nobody, and with AUTH=off. `expires_at` is when the access token ends. `oidc`: what the button of the provider is
    called, null without one. `setup`: there is no account yet."""

    auth: Literal["on", "off"]
    signed_in: bool
    user: SessionUser | None
    login: str | None
    permissions: list[PermissionWord]
    expires_at: str | None
    read_only: bool
    setup: bool
    oidc: str | None


class SignInBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code`: of the second factor, or a recovery code, once `second_factor_required` asked for it."""

    name: UserName
    password: Secret
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class SetupBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token` is in the link that the server printed."""

    token: Secret
    name: UserName
    password: Secret


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The same access token is in a cookie; here it is for `refresh_token` on the socket and for programs."""

    access_token: str
    expires_at: str
    session: SessionView


class PasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    current: Secret
    new: Secret


class ConfirmBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One's own password, asked for again before what protects the account is changed; absent for an account without
    one."""

    password: Secret | None = None


class CodeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class TotpSetup(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator app takes. `qr` is the same `uri` as an SVG document. Not in force until confirmed."""

    secret: str
    uri: str
    qr: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Each works once instead of a code. They are shown now and never again."""

    codes: list[str]


class LoginView(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in that is still good. `current` is the one that asks."""

    id: str
    created_at: str
    last_seen_at: str
    expires_at: str
    address: str | None
    agent: str | None
    current: bool


class LoginList(msgspec.Struct, frozen=True):
    logins: list[LoginView]


class NewTokenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token of one's own: its role is the owner's, narrowed by `scopes`."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    scopes: Annotated[list[ScopeWord], msgspec.Meta(min_length=1, max_length=3)]
    days: Days | None = None


class NewServiceTokenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token of nobody, for a program. Without `scopes` it may do all that `role` may."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    role: RoleWord
    scopes: Annotated[list[ScopeWord], msgspec.Meta(min_length=1, max_length=3)] | None = None
    days: Days | None = None


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """`user` is the owner, null for a token of nobody. `last_used_at` is exact to some minutes."""

    id: str
    name: str
    user: str | None
    role: RoleWord
    scopes: list[ScopeWord]
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class TokenList(msgspec.Struct, frozen=True):
    tokens: list[TokenView]


class NewToken(msgspec.Struct, frozen=True):
    """`token` is shown now and never again."""

    token: str
    view: TokenView


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """An account. `oidc`: it signs in through the provider."""

    name: str
    role: RoleWord
    labels: list[str]
    disabled: bool
    password: bool
    second_factor: bool
    oidc: bool
    created_at: str
    last_seen_at: str | None
    logins: int


class UserList(msgspec.Struct, frozen=True):
    users: list[UserView]


class NewUserBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: UserName
    role: RoleWord
    password: Secret
    labels: Labels = []


class UserChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is absent stays as it is."""

    role: RoleWord | None = None
    labels: Labels | None = None
    disabled: bool | None = None


class NewPasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: Secret


class MemberView(msgspec.Struct, frozen=True):
    user: str
    role: MemberRoleWord


class WorkspaceView(msgspec.Struct, frozen=True, kw_only=True):
    """`role` is that of the one who asks, null for an administrator who is no member."""

    id: str
    name: str
    created_at: str
    role: MemberRoleWord | None
    members: list[MemberView]


class WorkspaceList(msgspec.Struct, frozen=True):
    workspaces: list[WorkspaceView]


class NewWorkspaceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class MemberBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: MemberRoleWord


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit trail. `chain` is its hash, which covers the one before it."""

    seq: int
    timestamp: str
    data: AuditData
    chain: str


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `next` is the `before` of the following call, null at the end."""

    entries: list[AuditEntry]
    next: int | None
