"""The folder of runbooks: what is in it, and what of that can be read. Everything here blocks: call it in a thread."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

MAX_FILE_B = 1024 * 1024
MAX_FILES = 500
MAX_TOTAL_B = 20 * 1024 * 1024
MAX_ENTRIES = 20_000
"""Of the folder and those below it that are looked at: somebody may name the root of a disk."""
SUFFIXES = (".md", ".markdown")

Signature = tuple[int, int, int]
"""Inode, time of the last change in ns, size: a file is read again when one of them is another."""


@dataclass
class Listing:
    """The runbooks of a folder by their path in it, in alphabetical order, and what is wrong with the others."""

    files: dict[str, Signature] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def scan(folder: Path) -> Listing:
    """Return the runbooks of `folder` and the folders below it. Hidden ones are left, and so are
    links that lead out of it."""
    listing = Listing()
    try:
        root = folder.resolve()
        os.listdir(root)
    except (OSError, RuntimeError) as error:
        listing.problems.append(f"{folder}: this folder cannot be read: {error}. Look at PILOTHOUSE_RUNBOOKS.")
        return listing
    total = 0
    for path in _candidates(root, listing.problems):
        name = path.relative_to(root).as_posix()
        if not name.isprintable():
            listing.problems.append(f"{name!a}: left out, its name is no text in UTF-8.")
            continue
        try:
            facts = _facts(path, root)
        except (OSError, RuntimeError) as error:
            listing.problems.append(f"{name}: left out, it cannot be read: {error}.")
            continue
        if isinstance(facts, str):
            listing.problems.append(f"{name}: left out, {facts}.")
        elif len(listing.files) >= MAX_FILES:
            listing.problems.append(f"{name} and what follows: left out, more than {MAX_FILES} runbooks are not read.")
            break
        elif total + facts[2] > MAX_TOTAL_B:
            listing.problems.append(f"{name}: left out, all runbooks together may have {MAX_TOTAL_B // 2**20} MiB.")
        else:
            total += facts[2]
            listing.files[name] = facts
    return listing


def read(folder: Path, name: str) -> str:
    """Return the text of a runbook.

    Raises:
        ValueError: it is no text in UTF-8, or grew too large since it was listed; the message says which.
        OSError: it cannot be read.
    """
    # Not blocking: what was a file when it was listed may be a pipe by now.
    descriptor = os.open(folder / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a file")
        content = file.read(MAX_FILE_B + 1)
    if len(content) > MAX_FILE_B:
        raise ValueError(f"it is larger than {MAX_FILE_B // 2**20} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not in UTF-8; save it in that encoding") from None
    if "\0" in text:
        raise ValueError("it is not a text")
    return text.replace("\r\n", "\n")


def _candidates(root: Path, problems: list[str]) -> list[Path]:
    """Everything below `root` that is named like a runbook, sorted."""
    found: list[Path] = []
    entries = 0

    def unreadable(error: OSError) -> None:
        problems.append(f"{error.filename}: left out, it cannot be read: {error.strerror}.")

    for folder, folders, files in os.walk(root, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(Path(folder) / name for name in files if name.lower().endswith(SUFFIXES) and name[0] != ".")
        entries += len(folders) + len(files)
        if entries > MAX_ENTRIES:
            problems.append(f"{root}: more than {MAX_ENTRIES} entries; what lies behind them was not looked at.")
            break
    return sorted(found)


def _facts(path: Path, root: Path) -> Signature | str:
    """The signature of a runbook, or why it is none."""
    target = path.resolve(strict=True)
    if not target.is_relative_to(root):
        return "it is a link that leads out of the folder"
    facts = target.stat()
    if not stat.S_ISREG(facts.st_mode):
        return "it is not a file"
    if facts.st_size > MAX_FILE_B:
        return f"it is larger than {MAX_FILE_B // 2**20} MiB; cut it into several"
    return facts.st_ino, facts.st_mtime_ns, facts.st_size
