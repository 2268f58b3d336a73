"""What a call's hash is taken over."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sessions.grants import MAX_ARGUMENTS_B, MAX_DEPTH, canonical, digest
from server.sessions.tools.errors import InvalidArguments

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def test_the_hash_is_that_of_json_with_sorted_names_and_no_white_space() -> None:
    text = canonical("restart_container", {"grace_s": 5, "container": "wéb"})
    assert text == '["restart_container",{"container":"wéb","grace_s":5}]'.encode()
    assert digest("restart_container", {"container": "wéb", "grace_s": 5}) == hashlib.sha256(text).hexdigest()


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_a_call_that_went_through_the_log_has_the_same_hash(arguments: dict[str, Any]) -> None:
    back = msgspec.json.decode(msgspec.json.encode(arguments))
    assert digest("t", back) == digest("t", arguments)


@given(st.dictionaries(st.text(), JSON, max_size=3), st.dictionaries(st.text(), JSON, max_size=3))
def test_two_calls_have_one_form_only_if_they_are_the_same(a: dict[str, Any], b: dict[str, Any]) -> None:
    same = msgspec.json.Encoder(order="sorted").encode(a) == msgspec.json.Encoder(order="sorted").encode(b)
    assert (canonical("t", a) == canonical("t", b)) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (1, True), (1, "1"), (0, False), (None, "null"), ("é", "e\u0301"), ([], {}), (0.0, -0.0)],
)
def test_what_only_looks_the_same_is_another_call(one: object, other: object) -> None:
    assert digest("t", {"x": one}) != digest("t", {"x": other})


def test_the_tool_is_part_of_it() -> None:
    assert digest("stop_container", {"container": "web"}) != digest("kill_container", {"container": "web"})


@pytest.mark.parametrize(
    "arguments",
    [
        {"x": math.nan},
        {"x": math.inf},
        {"x": 2**64},
        {"x": 10**5000},
        {"x": "\ud800"},
        {"\ud800": 1},
        {"x": b"bytes"},
        {"x": {1: 2}},
        {"x": {1, 2}},
        {"x": (1, 2)},
        [1],
        "text",
        None,
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_is_no_json_has_no_hash(arguments: Any) -> None:
    with pytest.raises(InvalidArguments):
        canonical("t", arguments)


def test_what_is_as_large_as_it_may_be_is_taken_and_one_more_byte_is_not() -> None:
    room = MAX_ARGUMENTS_B - len(canonical("t", {"x": ""}))
    assert len(canonical("t", {"x": "a" * room})) == MAX_ARGUMENTS_B
    with pytest.raises(InvalidArguments):
        canonical("t", {"x": "a" * (room + 1)})


@pytest.mark.parametrize(
    "arguments",
    [
        {"x": "a" * 2**20},
        {"a" * 2**20: 1},
        {"x": [1] * 2**20},
        {"x": "é" * (MAX_ARGUMENTS_B - 100)},
        {"x": "\x01" * (MAX_ARGUMENTS_B // 2)},
    ],
    ids=["text", "name", "list", "two bytes each", "six bytes each"],
)
def test_a_megabyte_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidArguments):
        canonical("t", arguments)


def test_what_is_nested_too_deep_is_refused() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidArguments, match=str(MAX_DEPTH)):
        canonical("t", {"x": deep})
