from __future__ import annotations

from server.sessions.runbooks.markdown import PART_B, WHOLE, sections


def cut(text: str, name: str = "a.md") -> list[tuple[str, str, str]]:
    return [(section.title, section.path, section.text) for section in sections(text, name=name)]


def test_document_is_cut_at_its_headings_and_they_say_where_a_section_is() -> None:
    text = "# Disk\n\nIntro.\n\n## Free space\n\nPrune.\n\n### Images\n\nOld ones.\n\n## After\n\nLook."
    assert cut(text) == [
        ("Disk", "", "Intro."),
        ("Disk", "Free space", "Prune."),
        ("Disk", "Free space › Images", "Old ones."),
        ("Disk", "After", "Look."),
    ]


def test_document_without_headings_is_named_by_its_file() -> None:
    assert cut("Just text.", "night/disk-full.md") == [("disk full", "", "Just text.")]


def test_underlined_headings_are_headings_and_a_rule_is_none() -> None:
    text = "Disk\n====\n\nIntro.\n\n---\n\nFree space\n----------\n\nPrune."
    assert cut(text) == [
        ("Disk", "", "Intro.\n\n---"),
        ("Disk", "Free space", "Prune."),
    ]


def test_comment_in_a_script_is_no_heading() -> None:
    text = "# Disk\n\n```sh\n# look first\ndf -h\n```\n"
    assert cut(text) == [("Disk", "", "```sh\n# look first\ndf -h\n```")]


def test_fence_that_is_never_closed_takes_the_rest() -> None:
    assert len(sections("# A\n\n```\n# b\n# c", name="a.md")) == 1


def test_front_matter_is_left_out() -> None:
    assert cut("---\ntags: [a]\n---\n# Disk\n\nText.") == [("Disk", "", "Text.")]


def test_long_section_is_cut_between_paragraphs_and_nothing_is_lost() -> None:
    paragraphs = [f"{number} " + "x" * 700 for number in range(20)]
    parts = sections("# A\n\n" + "\n\n".join(paragraphs), name="a.md")
    assert all(len(part.text) <= PART_B for part in parts)
    assert "\n\n".join(part.text for part in parts).split("\n\n") == paragraphs


def test_line_without_end_is_cut_anywhere() -> None:
    parts = sections("x" * (PART_B * 2 + 1), name="a.md")
    assert "".join(part.text for part in parts) == "x" * (PART_B * 2 + 1)
    assert max(len(part.text) for part in parts) == PART_B


def test_document_without_text_has_no_sections() -> None:
    assert sections("", name="a.md") == []
    assert sections("# Only\n\n## Headings\n", name="a.md") == []


def test_introduction_is_shown_with_the_sections_that_follow_while_there_is_room() -> None:
    text = f"# Disk\n\nIntro.\n\n## Free space\n\nPrune.\n\n## After\n\n{'x' * WHOLE}\n\n## Last\n\nLook."
    introduction, free, *_ = sections(text, name="a.md")
    assert introduction.text == "Intro."
    assert introduction.shown == "Intro.\n\n**Free space**\n\nPrune."
    assert free.shown == free.text
