from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from server.sessions.runbooks.library import LOOK_S, Library
from tests.fakes.clock import FakeClock

Open = Callable[[], Awaitable[Library]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def opened(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Open]:
    """Opens the library of `tmp_path`."""
    libraries: list[Library] = []

    async def open_library() -> Library:
        libraries.append(await Library.open(tmp_path, clock=clock))
        return libraries[-1]

    yield open_library
    for library in libraries:
        await library.close()


async def documents(library: Library, question: str) -> list[str]:
    return [passage.document for passage in await library.search(question)]


async def test_samples_are_there_where_no_folder_is_named() -> None:
    library = await Library.open(None)
    try:
        assert (len(library), library.problems) == (3, [])
        assert set(await documents(library, "디스크가 가득 찼을 때")) == {"docker-disk-full.md"}
    finally:
        await library.close()


async def test_new_changed_and_removed_files_are_noticed_at_the_next_look(
    opened: Open, tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "a.md").write_text("# A\n\nalpha")
    (tmp_path / "b.md").write_text("# B\n\nbravo")
    library = await opened()
    (tmp_path / "a.md").write_text("# A\n\nomega now")
    (tmp_path / "b.md").unlink()
    (tmp_path / "c.md").write_text("# C\n\ncharlie")
    assert await documents(library, "alpha") == ["a.md"]
    await clock.advance(LOOK_S)
    assert await documents(library, "alpha bravo") == []
    assert await documents(library, "omega") == ["a.md"]
    assert await documents(library, "charlie") == ["c.md"]
    assert len(library) == 2


async def test_folder_that_vanishes_is_told_and_comes_back(opened: Open, tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "a.md").write_text("# A\n\nalpha")
    library = await opened()
    shutil.rmtree(tmp_path)
    await clock.advance(LOOK_S)
    assert await documents(library, "alpha") == []
    assert "cannot be read" in library.problems[0]
    tmp_path.mkdir()
    (tmp_path / "a.md").write_text("# A\n\nalpha")
    await clock.advance(LOOK_S)
    assert await documents(library, "alpha") == ["a.md"]
    assert library.problems == []


async def test_file_in_another_encoding_is_named_once_and_the_others_serve(
    opened: Open, tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bad.md").write_bytes("# 진단".encode("euc-kr"))
    (tmp_path / "good.md").write_text("# Good\n\nalpha")
    with caplog.at_level(logging.WARNING):
        library = await opened()
        await clock.advance(LOOK_S)
        assert await documents(library, "alpha") == ["good.md"]
    assert len(library) == 1
    assert library.problems == ["bad.md: left out, it is not in UTF-8; save it in that encoding."]
    assert len(caplog.records) == 1


async def test_file_that_was_saved_right_is_taken_up(opened: Open, tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff\xfe")
    library = await opened()
    (tmp_path / "a.md").write_text("# A\n\nalpha")
    await clock.advance(LOOK_S)
    assert await documents(library, "alpha") == ["a.md"]
    assert library.problems == []


async def test_empty_files_and_an_empty_folder_are_fine(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("")
    library = await opened()
    assert await documents(library, "anything") == []
    assert library.problems == []


async def test_searches_at_the_same_time_all_answer(opened: Open, tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "a.md").write_text("# A\n\nalpha")
    library = await opened()
    await clock.advance(LOOK_S)
    found = await asyncio.gather(*(documents(library, "alpha") for _ in range(20)))
    assert found == [["a.md"]] * 20


async def test_search_that_was_given_up_leaves_the_library_working(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nalpha")
    library = await opened()
    given_up = asyncio.ensure_future(library.search("alpha"))  # noqa: TID251 - a test's own task
    await asyncio.sleep(0)
    given_up.cancel()
    assert await documents(library, "alpha") == ["a.md"]


async def test_question_of_a_megabyte_is_answered_from_its_beginning(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nalpha")
    library = await opened()
    assert await documents(library, "alpha " + "? " * 500_000) == ["a.md"]


async def test_closing_twice_is_fine(tmp_path: Path) -> None:
    library = await Library.open(tmp_path)
    await library.close()
    await library.close()
