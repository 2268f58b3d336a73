"""Lines of the command line, as messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.sessions.claude import wire

GOLDEN = Path(__file__).parent / "golden"


def told(name: str) -> list[wire.Message]:
    lines = (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [wire.parse(line.encode()) for line in lines if not line.startswith("> ")]


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.jsonl")))
def test_everything_that_the_real_one_wrote_is_understood(name: str) -> None:
    ends = [message for message in told(name) if isinstance(message, wire.Result)]
    assert len(ends) == (0 if name == "killed" else 1)


def test_text_comes_in_pieces_and_then_whole() -> None:
    messages = told("allowed")
    pieces = "".join(message.text for message in messages if isinstance(message, wire.TextDelta))
    blocks = [block for message in messages if isinstance(message, wire.AssistantSaid) for block in message.blocks]
    assert pieces == "".join(block.text for block in blocks if isinstance(block, wire.TextBlock))


def test_a_request_names_what_will_be_done_and_not_what_the_model_wrote() -> None:
    messages = told("several")
    asked = {message.call: message for message in messages if isinstance(message, wire.PermissionAsked)}
    assert asked["toolu_05"].input["file_path"] == "/var/lib/pilothouse-agent/session/a.txt"
    assert sorted(asked) == ["toolu_01", "toolu_02", "toolu_03", "toolu_04", "toolu_05"]


def test_a_request_that_was_interrupted_is_withdrawn() -> None:
    messages = told("interrupted_asking")
    (asked,) = (message for message in messages if isinstance(message, wire.PermissionAsked))
    assert wire.RequestWithdrawn(asked.request) in messages


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"something","message":"new"}',
        '{"type":"system","subtype":"new","session_id":7}',
        '{"type":"tool_progress","elapsed_time_seconds":30,"heartbeat":true}',
        '{"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"new_delta","new":1}}}',
        '{"type":"assistant","parent_tool_use_id":"toolu_1","message":{"content":[{"type":"text","text":"other"}]}}',
    ],
)
def test_what_is_not_known_is_passed_over(line: str) -> None:
    assert wire.parse(line.encode()) == wire.OTHER


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Segmentation fault",
        b"\xff\xfe",
        b"[1]",
        b'{"type":7}',
        b'{"no":"type"}',
        b'{"type":"assistant"}',
        b'{"type":"result","is_error":"perhaps"}',
        b'{"type":"assistant","message":{"content":[{"type":"text","text":"\xff"}]}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_message_is_garbage(line: bytes) -> None:
    with pytest.raises(wire.Garbage):
        wire.parse(line)


def test_a_request_of_another_kind_is_told_from_one_for_a_permission() -> None:
    line = b'{"type":"control_request","request_id":"r","request":{"subtype":"mcp_message","server_name":"x"}}'
    assert wire.parse(line) == wire.OtherRequest("r", "mcp_message")


def test_a_result_of_pictures_and_words_is_the_words() -> None:
    content = [{"type": "text", "text": "a"}, {"type": "image", "source": {}}, {"type": "text", "text": "b"}]
    block = {"type": "tool_result", "tool_use_id": "t", "content": content}
    line = json.dumps({"type": "user", "message": {"role": "user", "content": [block]}})
    assert wire.parse(line.encode()) == wire.ToolResults((wire.ToolOutcome("t", "a\n[image]\nb", False),))


def test_an_answer_is_what_the_real_one_took() -> None:
    (line,) = (line for line in (GOLDEN / "allowed.jsonl").read_text().splitlines()[1:] if line.startswith("> "))
    response = json.loads(line[2:])["response"]
    ours = wire.allow(response["request_id"], response["response"]["updatedInput"])
    assert json.loads(ours) == json.loads(line[2:])
