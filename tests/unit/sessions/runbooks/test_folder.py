"""Whatever lies in the folder, what can be read is read, and what cannot is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.sessions.runbooks import folder


def write(path: Path, content: str | bytes = "# A\n\ntext") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_markdown_of_the_folder_and_those_below_is_listed_in_order(tmp_path: Path) -> None:
    for name in ("b.md", "a.MD", "night/c.markdown", "notes.txt", ".hidden.md", ".git/d.md"):
        write(tmp_path / name)
    assert list(folder.scan(tmp_path).files) == ["a.MD", "b.md", "night/c.markdown"]


def test_missing_folder_is_a_problem_that_names_the_setting(tmp_path: Path) -> None:
    listing = folder.scan(tmp_path / "gone")
    assert listing.files == {}
    assert "PILOTHOUSE_RUNBOOKS" in listing.problems[0]


def test_file_in_place_of_a_folder_is_a_problem(tmp_path: Path) -> None:
    assert folder.scan(write(tmp_path / "a.md")).problems != []


def test_huge_file_is_left_out_and_named(tmp_path: Path) -> None:
    write(tmp_path / "huge.md", b"x" * (folder.MAX_FILE_B + 1))
    write(tmp_path / "small.md")
    listing = folder.scan(tmp_path)
    assert list(listing.files) == ["small.md"]
    assert listing.problems[0].startswith("huge.md: left out")


def test_more_files_than_allowed_are_left_out(tmp_path: Path) -> None:
    for number in range(folder.MAX_FILES + 2):
        write(tmp_path / f"{number:04}.md")
    listing = folder.scan(tmp_path)
    assert len(listing.files) == folder.MAX_FILES
    assert len(listing.problems) == 1


def test_more_text_than_allowed_is_left_out(tmp_path: Path) -> None:
    for number in range(folder.MAX_TOTAL_B // folder.MAX_FILE_B + 1):
        write(tmp_path / f"{number:04}.md", b"x" * folder.MAX_FILE_B)
    listing = folder.scan(tmp_path)
    assert sum(size for *_, size in listing.files.values()) == folder.MAX_TOTAL_B
    assert listing.problems[0].startswith("0020.md: left out")


def test_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "elsewhere" / "secret.md")
    books = tmp_path / "books"
    write(books / "real.md")
    (books / "link.md").symlink_to(secret)
    (books / "below").symlink_to(secret.parent)
    (books / "dead.md").symlink_to(books / "nothing")
    (books / "round.md").symlink_to(books / "round.md")
    listing = folder.scan(books)
    assert list(listing.files) == ["real.md"]
    assert {problem.split(":")[0] for problem in listing.problems} == {"link.md", "dead.md", "round.md"}


def test_link_within_the_folder_is_followed_as_kubernetes_mounts_them(tmp_path: Path) -> None:
    write(tmp_path / "..2026" / "a.md")
    (tmp_path / "a.md").symlink_to(tmp_path / "..2026" / "a.md")
    assert list(folder.scan(tmp_path).files) == ["a.md"]


def test_pipe_is_left_out_and_does_not_hang_a_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert folder.scan(tmp_path).problems == ["pipe.md: left out, it is not a file."]
    with pytest.raises(ValueError, match="not a file"):
        folder.read(tmp_path, "pipe.md")


def test_name_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.md", "wb") as file:
        file.write(b"# A\n\ntext")
    listing = folder.scan(tmp_path)
    assert listing.files == {}
    assert "UTF-8" in listing.problems[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("진단".encode("euc-kr"), "UTF-8"),
        (b"\x00\x01\x02", "not a text"),
        (b"x" * (folder.MAX_FILE_B + 1), "larger"),
    ],
)
def test_what_is_no_text_cannot_be_read(tmp_path: Path, content: bytes, says: str) -> None:
    write(tmp_path / "a.md", content)
    with pytest.raises(ValueError, match=says):
        folder.read(tmp_path, "a.md")


def test_mark_and_line_ends_of_windows_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / "a.md", b"\xef\xbb\xbf# A\r\n\r\ntext")
    assert folder.read(tmp_path, "a.md") == "# A\n\ntext"
