"""The runbooks: a folder of Markdown files that is searched, and followed as it changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

from server.clock import Clock, SystemClock
from server.sessions.runbooks import folder as files
from server.sessions.runbooks.index import Index, Passage
from server.sessions.runbooks.markdown import sections

__all__ = ["SAMPLES", "Library", "Passage"]

SAMPLES = Path(__file__).parent / "samples"
LOOK_S = 10.0
"""The folder is looked at again by the first search after this time."""
MAX_QUESTION = 4000
"""Characters of a question that are looked at."""

log = logging.getLogger(__name__)
T = TypeVar("T")


class Library:
    """The runbooks of one folder. A file that cannot be read is left out and named in `problems`; the others serve."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        # SQLite and the disk block; one thread also keeps the searches and the changes in order.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="runbooks")
        self._index: Index | None = None
        self._known: dict[str, files.Signature] = {}
        self._unreadable: dict[str, str] = {}
        self._looked_at: float | None = None
        self.problems: list[str] = []

    @classmethod
    async def open(cls, folder: Path | None, *, clock: Clock | None = None) -> Self:
        """Return the library of `folder`, or of the samples that come with the server. It opens whatever is there."""
        library = cls(folder or SAMPLES, clock or SystemClock())
        await library._do(library._look)
        return library

    def __len__(self) -> int:
        """How many runbooks can be searched."""
        return len(self._known) - len(self._unreadable)

    async def search(self, question: str, *, limit: int = 3) -> list[Passage]:
        """Return the passages that have most of the question's words, the best first; none if nothing is about it."""
        return await self._do(lambda: self._search(question[:MAX_QUESTION], limit))

    async def close(self) -> None:
        """Forget everything. Closing twice is fine."""
        if self._index is not None:
            await self._do(self._index.close)
            self._index = None
        self._thread.shutdown(wait=False)

    async def _do(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    # What follows runs in the thread.

    def _search(self, question: str, limit: int) -> list[Passage]:
        return self._look().search(question, limit)

    def _look(self) -> Index:
        """Bring the index up to the folder, unless that was done a moment ago."""
        if self._index is None:
            self._index = Index()
        now = self._clock.monotonic()
        if self._looked_at is not None and now - self._looked_at < LOOK_S:
            return self._index
        self._looked_at = now
        listing = files.scan(self._folder)
        for name in self._known.keys() - listing.files.keys():
            self._index.drop(name)
            self._unreadable.pop(name, None)
        for name, signature in listing.files.items():
            if self._known.get(name) != signature:
                self._take_up(self._index, name)
        self._known = listing.files
        self._tell(listing.problems + [self._unreadable[name] for name in sorted(self._unreadable)])
        return self._index

    def _take_up(self, index: Index, name: str) -> None:
        self._unreadable.pop(name, None)
        try:
            text = files.read(self._folder, name)
        except (OSError, ValueError) as error:
            self._unreadable[name] = f"{name}: left out, {error}."
            index.drop(name)
            return
        index.put(name, sections(text, name=name))

    def _tell(self, problems: list[str]) -> None:
        for problem in problems:
            if problem not in self.problems:
                log.warning("runbook: %s", problem)
        self.problems = problems
