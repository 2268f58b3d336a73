"""The full-text index of the runbooks: SQLite FTS5 in memory. It blocks, and belongs to the thread that made it."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Collection, Sequence

import msgspec

from server.sessions.runbooks import bigrams
from server.sessions.runbooks.markdown import Section

CANDIDATES = 30
"""So many of the best by BM25 are looked at; which words of the question they have is then counted exactly."""
HEADINGS = 0.75
"""How much a word counts once more that stands in a heading: there a section says what it is about."""
EXCERPT = 320
LEAST = 0.2
"""Below this coverage a passage has nothing to do with the question: a word in common, and no more."""

_TABLES = """
CREATE VIRTUAL TABLE words USING fts5(title, path, text, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE TABLE shown (id INTEGER PRIMARY KEY, document TEXT, section TEXT, text TEXT);
CREATE INDEX shown_document ON shown (document);
"""
# A word in a title or heading says more about a section than one in its text.
_RANK = "bm25(words, 4.0, 3.0, 1.0)"


class Passage(msgspec.Struct, frozen=True):
    """A section of a runbook, as it is shown. `document` is its file's path in the folder. `coverage` is the share of
    the question's words that it has, weighted by how rare they are (IDF), 0 to 1."""

    document: str
    section: str
    text: str
    excerpt: str
    coverage: float


class Index:
    """Sections that are found by their words. What is shown is kept apart from what is indexed."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.executescript(_TABLES)

    def put(self, document: str, sections: Sequence[Section]) -> None:
        """Index a document in place of what it was before."""
        # One transaction for all of it: one for each section takes several times as long.
        with self._connection:
            self._connection.execute("BEGIN")
            self._put(document, sections)

    def _put(self, document: str, sections: Sequence[Section]) -> None:
        self.drop(document)
        for section in sections:
            row = self._connection.execute(
                "INSERT INTO shown (document, section, text) VALUES (?, ?, ?)",
                (document, section.path or section.title, section.shown),
            ).lastrowid
            parts = (section.title, section.path, section.text)
            self._connection.execute(
                "INSERT INTO words (rowid, title, path, text) VALUES (?, ?, ?, ?)",
                (row, *(bigrams.indexed(part) for part in parts)),
            )

    def drop(self, document: str) -> None:
        rows = self._connection.execute("SELECT id FROM shown WHERE document = ?", (document,)).fetchall()
        self._connection.executemany("DELETE FROM words WHERE rowid = ?", rows)
        self._connection.execute("DELETE FROM shown WHERE document = ?", (document,))

    def search(self, question: str, limit: int) -> list[Passage]:
        """Return at most `limit` passages of a coverage of at least `LEAST`, the best first."""
        words = bigrams.asked(question)
        found = {term: self._count(term) for word in words for term in word}
        # One syllable that no runbook has is what is left of a verb, and no word that was looked for in vain.
        terms = [term for term, rows in found.items() if rows or len(term) > 1 or not bigrams.is_hangul(term)]
        if not terms:
            return []
        ranks = {row: place for place, row in enumerate(self._candidates(terms))}
        sections = self._count()
        # The IDF, never 0: in a small folder every word is a frequent one.
        weights = {term: math.log(1 + (sections - found[term] + 0.5) / (found[term] + 0.5)) for term in terms}
        whole = sum(weights.values())

        def covered(column: str) -> dict[int, float]:
            having = {term: self._having(f'{column}"{term}"', ranks) for term in terms}
            return {row: sum(weights[term] for term in terms if row in having[term]) / whole for row in ranks}

        anywhere, in_headings = covered(""), covered("{title path}:")
        best = sorted(
            (row for row in ranks if anywhere[row] >= LEAST),
            key=lambda row: (-anywhere[row] - HEADINGS * in_headings[row], ranks[row]),
        )
        return [self._passage(row, words, anywhere[row]) for row in best[:limit]]

    def close(self) -> None:
        self._connection.close()

    def _candidates(self, terms: Sequence[str]) -> list[int]:
        query = " OR ".join(f'"{term}"' for term in terms)
        rows = self._connection.execute(
            f"SELECT rowid FROM words WHERE words MATCH ? ORDER BY {_RANK} LIMIT ?",  # noqa: S608 - a constant
            (query, CANDIDATES),
        )
        return [row for (row,) in rows]

    def _count(self, term: str | None = None) -> int:
        """How many sections have `term`, stemmed as the index has it; how many there are."""
        if term is None:
            row = self._connection.execute("SELECT count(*) FROM shown").fetchone()
        else:
            row = self._connection.execute("SELECT count(*) FROM words WHERE words MATCH ?", (f'"{term}"',)).fetchone()
        return int(row[0])

    def _having(self, query: str, rows: Collection[int]) -> set[int]:
        marks = ",".join("?" * len(rows))
        found = self._connection.execute(
            f"SELECT rowid FROM words WHERE words MATCH ? AND rowid IN ({marks})",  # noqa: S608 - question marks
            (query, *rows),
        )
        return {row for (row,) in found}

    def _passage(self, row: int, words: Sequence[Sequence[str]], coverage: float) -> Passage:
        document, section, text = self._connection.execute(
            "SELECT document, section, text FROM shown WHERE id = ?", (row,)
        ).fetchone()
        return Passage(document, section, text, excerpt(text, words), round(coverage, 3))


def excerpt(text: str, words: Sequence[Sequence[str]]) -> str:
    """Return the paragraph of `text` that has most of `words`, shortened to `EXCERPT` characters."""
    wanted = {term for word in words for term in word}

    def hits(paragraph: str) -> int:
        return len(wanted.intersection(bigrams.indexed(paragraph).split()))

    best = " ".join(max(text.split("\n\n"), key=hits).split())
    return best if len(best) <= EXCERPT else best[: EXCERPT - 1].rstrip() + "…"
