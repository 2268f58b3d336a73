"""What an account may be called, and which labels may limit it."""

from __future__ import annotations

import pytest

from server.auth.names import (
    RESERVED,
    InvalidLabel,
    InvalidName,
    known_name,
    normalise_label,
    normalise_labels,
    normalise_name,
)


@pytest.mark.parametrize(
    ("given", "name"),
    [("ann", "ann"), ("Ann", "ann"), ("A", "a"), ("9", "9"), ("j.d-s_1", "j.d-s_1"), ("a" * 64, "a" * 64)],
)
def test_name_is_folded_to_lower_case(given: str, name: str) -> None:
    assert normalise_name(given) == name


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "a" * 65,
        "a" * 1_000_000,
        " ann",
        "ann ",
        "ann\n",
        "a\x00b",
        "a\x1b[2Jb",
        ".ann",
        "ann-",
        "a b",
        "ann:ci",
        "ann/../bob",
        "ann'--",
        "аnn",  # Cyrillic а
        "ａnn",  # full width
        "\u212ate",  # the Kelvin sign, which `str.lower` makes a k of
        "ann\u200b",  # zero width space
        "ann\u0301",
        "\ud800",
        "김",
    ],
)
def test_name_that_cannot_be_told_from_others_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(InvalidName) as caught:
        normalise_name(given)
    assert not given.strip() or given not in caught.value.message
    assert known_name(given) is None


@pytest.mark.parametrize("given", [*sorted(RESERVED), "Local"])
def test_names_of_the_server_itself_are_refused(given: str) -> None:
    with pytest.raises(InvalidName, match="server's own"):
        normalise_name(given)


@pytest.mark.parametrize(
    ("given", "label"), [("team", "team"), (" team=ops ", "team=ops"), ("a=b=c", "a=b=c"), ("team=", "team=")]
)
def test_label_is_a_key_or_a_key_and_a_value(given: str, label: str) -> None:
    assert normalise_label(given) == label


@pytest.mark.parametrize("given", ["", " ", "=ops", " =ops", "a" * 257, "a\nb", "a=\x00", "a\ud800"])
def test_label_that_no_container_has_is_refused(given: str) -> None:
    with pytest.raises(InvalidLabel):
        normalise_label(given)


def test_labels_are_kept_once_and_in_order() -> None:
    assert normalise_labels(["b", "a=1", "b "]) == ("a=1", "b")


def test_more_than_sixteen_labels_are_refused() -> None:
    with pytest.raises(InvalidLabel, match="16"):
        normalise_labels(str(number) for number in range(17))
