"""The command line: `serve` (the default), `schema`, `settings`, `events`; `user`, `token`, `audit`."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop
from aiohttp import web

from server import __version__, config
from server import logging as structured
from server.app import create_app
from server.console import serve_console
from server.errors import AppError
from server.eventlog import backup
from server.people_commands import add_commands
from server.protocol import schema
from server.storage.folder import DATABASE
from server.web import keys
from server.web.listeners import REQUEST_LIMITS, Listeners

# A stuck peer is not waited for: what it missed is in the log, and it comes back with its position.
SHUTDOWN_S = 3.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the process's exit code."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except AppError as error:
        print(f"pilothouse: {error.message} ({error.code})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pilothouse",
        description="A console for a Docker host that shows you exactly what you missed.",
        epilog=config.help_text(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    commands.add_parser("serve", help="serve the console (the default)").set_defaults(run=_serve)
    commands.add_parser("schema", help="print the JSON Schema of every message").set_defaults(run=_schema)
    commands.add_parser("settings", help="print the settings as a Markdown table").set_defaults(run=_settings)
    events = commands.add_parser("events", help="copy the event log, or put a copy back")
    verbs = events.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_commands(commands)
    save = verbs.add_parser("backup", help="copy the database to FILE; the server may run meanwhile")
    save.add_argument("file", type=Path)
    save.set_defaults(run=_backup)
    load = verbs.add_parser("restore", help="put the copy FILE back; the server must not run")
    load.add_argument("file", type=Path)
    load.set_defaults(run=_restore)
    return parser


def _serve(_: argparse.Namespace) -> None:
    settings = config.load()
    config.check_exposure(settings)
    structured.configure(settings.log_level, settings.log_format)
    uvloop.run(_serve_until_told(settings))


async def _serve_until_told(settings: config.Config) -> None:
    """Serve until SIGTERM or SIGINT, then end every socket with 1012 and let go of everything in order."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    # The port first: a server that cannot have it has touched nothing else.
    listeners = await asyncio.to_thread(Listeners, settings)
    try:
        runner = web.AppRunner(create_app(settings), access_log=None, shutdown_timeout=SHUTDOWN_S, **REQUEST_LIMITS)
        try:
            await runner.setup()
            await listeners.serve(runner)
            async with serve_console(runner, settings.data):
                print(f"Pilothouse {__version__} is at {listeners.url}", flush=True)
                _invite(settings, runner.app[keys.AUTH].setup.token, listeners.url)
                await ended.wait()
        finally:
            await runner.cleanup()
    finally:
        await listeners.close()


def _invite(settings: config.Config, token: str | None, url: str) -> None:
    """Say how the first account is made. The token stands behind a #, which browsers send to nobody."""
    if settings.auth == "on" and token is not None:
        place = settings.origins[0] if settings.origins else url
        print(f"Nobody can sign in yet. Make the first account at {place}/setup#{token}", flush=True)


def _schema(_: argparse.Namespace) -> None:
    print(json.dumps(schema.document(), indent=2, ensure_ascii=False))


def _settings(_: argparse.Namespace) -> None:
    print(config.markdown())


def _backup(arguments: argparse.Namespace) -> None:
    backup.backup(config.load().data / DATABASE, arguments.file)
    print(f"The event log is copied to {arguments.file}.")


def _restore(arguments: argparse.Namespace) -> None:
    backup.restore(arguments.file, config.load().data)
    print("The copy is in place. Clients will be told that what they knew is another history.")


if __name__ == "__main__":
    sys.exit(main())
