from __future__ import annotations

import pytest

from server.sessions.builtin import answers
from server.sessions.builtin.observed import Container, Counts, Disk, Found, Listing, Metrics


def test_log_cannot_break_out_of_its_fence_nor_bring_colours() -> None:
    text = answers.fenced(["\x1b[31mred\x1b[0m", "```", "## heading", "a\x00b\rc"])
    assert text == "````\nred\n```\n## heading\nabc\n````"


def test_too_much_log_keeps_its_newest_lines() -> None:
    text = answers.fenced([f"{number} " + "x" * 390 for number in range(100)])
    assert len(text) <= answers.MOST_LOG + 10
    assert "99 x" in text
    assert "\n0 x" not in text


def test_long_line_is_cut() -> None:
    assert len(answers.fenced(["x" * 5000])) < answers.MOST_LINE + 20


def test_passage_that_is_cut_closes_its_fence() -> None:
    text = answers.quoted(Found(document="a.md", section="A", text="```\n" + "line\n" * 2000))
    assert text.count("```") == 2


def test_overview_names_those_in_trouble_first_and_the_others_if_they_are_few() -> None:
    containers = [Container(name=f"c{number}", state="running") for number in range(answers.MOST_NAMED)]
    containers.append(Container(name="bad", status="Exited (1)", attention=True))
    counts = Counts(total=11, running=10, failed=1, attention=1)
    text = answers.overview(Listing(containers=containers, counts=counts), "en")
    assert text.startswith("10 of 11 containers are running (1 failed).")
    assert text.index("`bad`: Exited (1)") < text.index("`c0`") < text.index("`c9`")


def test_overview_of_many_counts_all_and_names_ten_of_those_in_trouble() -> None:
    containers = [Container(name=f"bad{number}", status="Exited (1)", attention=True) for number in range(40)]
    containers += [Container(name=f"c{number}", state="running") for number in range(20)]
    counts = Counts(total=300, running=250, attention=45)
    text = answers.overview(Listing(containers=containers, counts=counts, left_out=240), "en")
    assert text.count("`") == 2 * answers.MOST_NAMED
    assert "- and 35 more" in text
    assert text.endswith("The other 255 need no attention. Ask for one by its name or a part of it.")


def test_no_container_is_said() -> None:
    assert answers.overview(Listing(), "ko") == "보이는 컨테이너가 없습니다."


def test_full_disk_is_marked_and_missing_figures_are_left_out() -> None:
    text = answers.host(Metrics(disks=[Disk(mount="/", percent=95.0, total=100 * 2**30, used=95 * 2**30)]), "en")
    assert "- disk `/` 95 % used, 5 GiB of 100 GiB left — **high**" in text
    assert "CPU" not in text
    assert answers.host(Metrics(), "en") == "There are no figures of the host yet."


@pytest.mark.parametrize(("b", "shown"), [(0, "0 B"), (2048, "2 KiB"), (3 * 2**30, "3 GiB"), (5 * 2**40, "5.0 TiB")])
def test_sizes_are_for_people(b: int, shown: str) -> None:
    assert answers.size(b) == shown
