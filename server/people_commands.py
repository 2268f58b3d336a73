"""The commands `user`, `token` and `audit`."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, get_args
from urllib.parse import quote

from server import config
from server.console import Console, console
from server.errors import AppError, StartupError
from server.eventlog.audit_file import export
from server.eventlog.verdict import verify
from server.protocol.identity import RoleWord, ScopeWord
from server.storage.folder import DATABASE

_ROLES, _SCOPES = get_args(RoleWord), get_args(ScopeWord)


class AuditBroken(AppError):
    """The trail is not what was written."""

    code = "audit_broken"


Command = Callable[[Console, argparse.Namespace], Awaitable[None]]


def add_commands(commands: Any) -> None:
    """Put the commands into argparse's `commands`."""
    user = commands.add_parser("user", help="manage accounts").add_subparsers(metavar="COMMAND", required=True)
    add = _command(user, "add", _user_add, "make an account; the password is asked for, or read from stdin")
    add.add_argument("name")
    add.add_argument("--role", choices=_ROLES, default="viewer")
    add.add_argument("--label", action="append", default=[], help="only containers with this label; may be repeated")
    for name, run, text in (
        ("passwd", _user_passwd, "give an account a new password; it is signed out everywhere"),
        ("disable", _user_disable, "let an account in no more; its sessions and tokens end at once"),
        ("enable", _user_enable, "let a disabled account in again"),
    ):
        _command(user, name, run, text).add_argument("name")
    _command(user, "list", _user_list, "show every account")

    token = commands.add_parser("token", help="manage API tokens").add_subparsers(metavar="COMMAND", required=True)
    create = _command(token, "create", _token_create, "make a token for a program, and print nothing but it")
    create.add_argument("name")
    create.add_argument("--role", choices=_ROLES, required=True)
    create.add_argument("--scope", choices=_SCOPES, action="append", help="narrow it down; may be repeated")
    create.add_argument("--days", type=int, help="it ends after this many days; without, it does not")
    _command(token, "revoke", _token_revoke, "end a token; its connections close at once").add_argument("id")
    _command(token, "list", _token_list, "show every token, without the tokens themselves")

    audit = commands.add_parser("audit", help="check or copy the audit trail")
    verbs = audit.add_subparsers(metavar="COMMAND", required=True)
    verify = verbs.add_parser("verify", help="recompute the chain of hashes; the server may run meanwhile")
    verify.add_argument("--expect", metavar="SEQ:HASH", help="also require an entry that was noted earlier elsewhere")
    verify.set_defaults(run=_audit_verify)
    verbs.add_parser("export", help="write every entry to stdout, one JSON a line").set_defaults(run=_audit_export)


def _command(verbs: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text)
    parser.set_defaults(run=lambda arguments: asyncio.run(_run(command, arguments)))
    return parser


async def _run(command: Command, arguments: argparse.Namespace) -> None:
    async with console(config.load()) as server:
        await command(server, arguments)


async def _user_add(server: Console, arguments: argparse.Namespace) -> None:
    body = {
        "name": arguments.name,
        "role": arguments.role,
        "labels": arguments.label,
        "password": await asyncio.to_thread(_read_password),
    }
    user = await server.call("POST", "/api/v1/users", body)
    print(f"{user['name']} can sign in as {user['role']}.")


async def _user_passwd(server: Console, arguments: argparse.Namespace) -> None:
    password = await asyncio.to_thread(_read_password)
    await server.call("PUT", f"/api/v1/users/{quote(arguments.name, safe='')}/password", {"password": password})
    print(f"{arguments.name} has a new password and is signed out everywhere.")


async def _user_disable(server: Console, arguments: argparse.Namespace) -> None:
    await _change_user(server, arguments.name, disabled=True)
    print(f"{arguments.name} is disabled. Sessions and tokens have ended.")


async def _user_enable(server: Console, arguments: argparse.Namespace) -> None:
    await _change_user(server, arguments.name, disabled=False)
    print(f"{arguments.name} can sign in again.")


async def _change_user(server: Console, name: str, **change: object) -> None:
    await server.call("PATCH", f"/api/v1/users/{quote(name, safe='')}", change)


async def _user_list(server: Console, _: argparse.Namespace) -> None:
    rows = [("NAME", "ROLE", "STATE", "SECOND FACTOR", "LAST SEEN", "LABELS")]
    for user in (await server.call("GET", "/api/v1/users"))["users"]:
        state = "disabled" if user["disabled"] else "provider" if user["oidc"] else "active"
        second = "on" if user["second_factor"] else "off"
        seen = user["last_seen_at"] or "never"
        rows.append((user["name"], user["role"], state, second, seen, ",".join(user["labels"]) or "-"))
    _print_table(rows)


async def _token_create(server: Console, arguments: argparse.Namespace) -> None:
    body = {"name": arguments.name, "role": arguments.role, "scopes": arguments.scope, "days": arguments.days}
    print((await server.call("POST", "/api/v1/tokens", body))["token"])


async def _token_revoke(server: Console, arguments: argparse.Namespace) -> None:
    await server.call("DELETE", f"/api/v1/tokens/{quote(arguments.id, safe='')}")
    print(f"{arguments.id} is revoked.")


async def _token_list(server: Console, _: argparse.Namespace) -> None:
    rows = [("ID", "NAME", "OWNER", "ROLE", "SCOPES", "EXPIRES", "LAST USED")]
    for token in (await server.call("GET", "/api/v1/tokens"))["tokens"]:
        owner, scopes = token["user"] or "-", ",".join(token["scopes"])
        ends, used = token["expires_at"] or "never", token["last_used_at"] or "never"
        rows.append((token["id"], token["name"], owner, token["role"], scopes, ends, used))
    _print_table(rows)


def _audit_verify(arguments: argparse.Namespace) -> None:
    verdict = verify(config.load().data / DATABASE, expect=_expected(arguments.expect))
    if verdict.broken is not None:
        raise AuditBroken(verdict.broken.message)
    print(f"{verdict.count} entries, none of them changed.")
    if verdict.unchained:
        print(f"{verdict.unchained} older ones are from before the chain began: nothing can be said of them.")
    print(f"Note this elsewhere, for --expect the next time: {verdict.note}")


def _audit_export(_: argparse.Namespace) -> None:
    export(config.load().data / DATABASE, sys.stdout.buffer)


def _expected(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    seq, _, chain = text.partition(":")
    if not (seq.isascii() and seq.isdigit()) or not re.fullmatch("[0-9a-f]{64}", chain):
        raise StartupError("--expect takes what `audit verify` printed: a number, a colon and 64 hexadecimal digits.")
    return int(seq), chain


def _read_password() -> str:
    """From the terminal, twice and unseen; from a pipe, its first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != password:
        raise StartupError("The two passwords differ. Nothing was changed.")
    return password


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
