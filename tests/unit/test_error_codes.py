"""The interface has a sentence of its own for every error that a person may meet in it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import server
from server.containers.run import INTERRUPTED, NOT_CONFIRMED
from server.errors import AppError

TABLE = Path(__file__).parents[2] / "static/src/i18n/errors.ts"

# They end a command line, or are met inside the server only.
_NEVER_SHOWN = {"startup", "backup_failed", "invalid_event", "stuck", "audit_broken"}


def _codes(kind: type[AppError]) -> Iterator[str]:
    if kind.__module__.startswith("server."):
        yield kind.code
    for narrower in kind.__subclasses__():
        yield from _codes(narrower)


def test_every_code_has_its_sentence() -> None:
    for module in pkgutil.walk_packages(server.__path__, "server."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    codes = {*_codes(AppError), INTERRUPTED, NOT_CONFIRMED} - _NEVER_SHOWN
    told = set(re.findall(r'^  (\w+): "error\.', TABLE.read_text(encoding="utf-8"), re.MULTILINE))
    assert codes - told == set(), "codes that static/src/i18n/errors.ts lacks"
