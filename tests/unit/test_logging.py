"""Log lines with fields."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextvars import copy_context

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server import logging as structured


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    """Leave the root logger as pytest set it up."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    threads, processes, workers = logging.logThreads, logging.logProcesses, logging.logMultiprocessing
    source = logging._srcfile  # noqa: SLF001
    yield
    logging._srcfile = source  # noqa: SLF001
    logging.logThreads, logging.logProcesses, logging.logMultiprocessing = threads, processes, workers
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def log(message: str, **fields: object) -> None:
    logging.getLogger("server.test").info(message, extra=fields)


def test_a_json_line_carries_level_logger_message_and_fields(stream: io.StringIO) -> None:
    structured.configure("info", "json", stream)
    log("request", path="/x", status=200)
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "logger": "server.test", "message": "request", "path": "/x", "status": 200}


def test_a_text_line_carries_the_same(stream: io.StringIO) -> None:
    structured.configure("info", "text", stream)
    log("request", path="/x", status=200)
    assert stream.getvalue().endswith("INFO    server.test: request path=/x status=200\n")


@pytest.mark.parametrize("shape", ["json", "text"])
def test_the_id_of_the_request_comes_along(stream: io.StringIO, shape: str) -> None:
    structured.configure("info", shape, stream)  # type: ignore[arg-type]

    def answer() -> None:
        structured.enter_request(structured.RequestId("01JREQUEST"))
        log("inside")

    copy_context().run(answer)
    log("outside")
    inside, outside = stream.getvalue().splitlines()
    assert "01JREQUEST" in inside
    assert "request_id" not in outside


@pytest.mark.parametrize("shape", ["json", "text"])
def test_the_trace_of_an_error_comes_along(stream: io.StringIO, shape: str) -> None:
    structured.configure("info", shape, stream)  # type: ignore[arg-type]
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("server.test").exception("failed")
    assert "ValueError: why" in stream.getvalue()
    assert "Traceback" in stream.getvalue()


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    structured.configure("warning", "text", stream)
    log("quiet")
    assert stream.getvalue() == ""


def test_a_field_does_not_hide_what_every_line_has(stream: io.StringIO) -> None:
    structured.configure("info", "json", stream)
    log("real", level="forged", logger="forged")
    line = json.loads(stream.getvalue())
    assert (line["level"], line["logger"]) == ("info", "server.test")


def test_what_json_does_not_know_is_written_as_text(stream: io.StringIO) -> None:
    structured.configure("info", "json", stream)
    log("odd", value=object, lone="\ud800")
    assert json.loads(stream.getvalue())["message"].strip("'") == "odd"


@settings(deadline=None)
@given(st.text())
def test_nothing_that_is_logged_makes_a_second_line(text: str) -> None:
    for shape in (structured.JsonLines(), structured.TextLines()):
        record = logging.LogRecord("server.test", logging.INFO, "", 0, "%s", (text,), None)
        record.path = text
        assert "\n" not in shape.format(record)


def test_setting_it_up_twice_writes_each_line_once(stream: io.StringIO) -> None:
    structured.configure("info", "text", stream)
    structured.configure("info", "text", stream)
    log("once")
    assert len(stream.getvalue().splitlines()) == 1
