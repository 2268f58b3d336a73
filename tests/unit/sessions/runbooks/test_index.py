from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.sessions.runbooks.index import EXCERPT, LEAST, Index
from server.sessions.runbooks.markdown import sections


@pytest.fixture
def index() -> Iterator[Index]:
    index = Index()
    yield index
    index.close()


def put(index: Index, name: str, text: str) -> None:
    index.put(name, sections(text, name=name))


def test_passage_that_has_every_word_covers_the_whole_question(index: Index) -> None:
    put(index, "disk.md", "# Disk\n\n## Free space\n\nPrune the images.")
    (passage,) = index.search("How do I free space?", 3)
    assert (passage.document, passage.section, passage.coverage) == ("disk.md", "Free space", 1.0)
    assert passage.text == "Prune the images."


def test_word_that_no_runbook_has_weighs_more_than_one_that_many_have(index: Index) -> None:
    for number in range(10):
        put(index, f"{number}.md", f"# Page {number}\n\nThe container restarts.")
    assert index.search("container mortgage", 3) == []
    assert index.search("container restarts", 3)[0].coverage == 1.0


def test_only_the_best_passages_of_enough_coverage_are_returned(index: Index) -> None:
    put(index, "a.md", "# A\n\nalpha beta gamma")
    put(index, "b.md", "# B\n\nalpha beta")
    put(index, "c.md", "# C\n\nalpha")
    put(index, "d.md", "# D\n\nnothing of the kind")
    found = index.search("alpha beta gamma", 2)
    assert [passage.document for passage in found] == ["a.md", "b.md"]
    assert all(passage.coverage >= LEAST for passage in index.search("alpha beta gamma", 10))


def test_word_in_a_heading_counts_more_than_one_in_passing(index: Index) -> None:
    put(index, "passing.md", "# Memory\n\nRaise the limit, or roll back, or wait, or roll over.")
    put(index, "roll.md", "# Releases\n\n## Roll back\n\nUse the tag before.")
    assert index.search("how to roll back", 3)[0].document == "roll.md"


def test_document_that_is_put_again_is_what_it_is_now(index: Index) -> None:
    put(index, "a.md", "# A\n\nalpha")
    put(index, "a.md", "# A\n\nomega")
    assert index.search("alpha", 3) == []
    assert len(index.search("omega", 3)) == 1
    index.drop("a.md")
    assert index.search("omega", 3) == []


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "'; DROP TABLE words; --",
        "NEAR(a b)",
        "title:x OR *",
        "a^2 AND NOT b",
        "()",
        "\x00",
        "😀",
        "ㅋㅋㅋ",
        "{title}:",
    ],
)
def test_question_is_never_a_query(index: Index, question: str) -> None:
    put(index, "a.md", "# A\n\nalpha")
    assert index.search(question, 3) == []


def test_empty_index_knows_nothing(index: Index) -> None:
    assert index.search("anything at all", 3) == []


def test_excerpt_is_the_paragraph_that_answers(index: Index) -> None:
    put(index, "a.md", "# A\n\nAn introduction.\n\nRaise the memory limit." + " x" * 400)
    (passage,) = index.search("memory limit", 3)
    assert passage.excerpt.startswith("Raise the memory limit.")
    assert len(passage.excerpt) == EXCERPT
