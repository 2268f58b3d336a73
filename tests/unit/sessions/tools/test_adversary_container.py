"""What whoever writes a container's log or labels could do to the server that looks at them."""

from __future__ import annotations

from typing import cast

import msgspec
import pytest

from server.access import LOCAL
from server.protocol.views import LogLine
from server.sessions.tools import answers
from tests.fakes.toolbench import Toolbench

LINE = LogLine(ts="2026-11-20T09:00:00.000Z", stream="stdout", text="x" * 8000)


class Unread:
    """A line of a log that there is no room for."""

    ts, stream = LINE.ts, LINE.stream

    @property
    def text(self) -> str:
        raise AssertionError("this line cannot be shown, so nobody has to look for secrets in it")


def test_only_lines_that_may_be_shown_are_searched_for_secrets() -> None:
    lines = [cast(LogLine, Unread())] * 180 + [LINE] * 20
    told = answers.logs("web", lines)
    assert told["lines"][-1]["text"].startswith("xxx")
    assert len(told["lines"]) + told["left_out"] == 200


def test_a_log_of_short_lines_is_shown_as_before() -> None:
    lines = [LogLine(ts=LINE.ts, stream="stdout", text=f"line {number}") for number in range(100)]
    told = answers.logs("web", lines)
    assert [line["text"] for line in told["lines"]] == [line.text for line in lines]
    assert told["left_out"] == 0


@pytest.mark.parametrize("field", ["all_labels", "command", "entrypoint"])
async def test_a_container_with_much_to_tell_can_be_inspected(bench: Toolbench, field: str) -> None:
    much = {f"label-{number}": "dsn" * 1000 for number in range(50)} if field == "all_labels" else ["x" * 1000] * 50
    detail = await bench.containers.detail("web", by=LOCAL)
    told = answers.text(answers.inspection(msgspec.structs.replace(detail, **{field: much}), ["A" * 100] * 50))
    assert len(told.encode()) <= 16 * 1024
    assert msgspec.json.decode(told)["name"] == "web"
