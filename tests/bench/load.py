"""Requests over connections that are kept, as fast as they are answered."""

from __future__ import annotations

import http.client
import re
import shutil
import subprocess
import time

from tests.bench.child import BenchFailed

CONNECTIONS = 16


def program() -> str:
    """Return what asks on this machine; the CPU of an answer depends on how many come at once."""
    if shutil.which("wrk"):
        return f"wrk with {CONNECTIONS} connections"
    return "one connection, since there is no wrk here"


def ask(port: int, path: str, seconds: int) -> int:
    """Ask for `path` for some seconds and return how many answers came.

    Raises:
        BenchFailed: an answer was an error.
    """
    wrk = shutil.which("wrk")
    return _ask_alone(port, path, seconds) if wrk is None else _ask_with(wrk, port, path, seconds)


def _ask_with(wrk: str, port: int, path: str, seconds: int) -> int:
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=True).stdout
    answers = re.search(r"(\d+) requests in", said)
    if answers is None or "Non-2xx" in said:
        raise BenchFailed(f"{path} was not answered:\n{said}")
    return int(answers.group(1))


def _ask_alone(port: int, path: str, seconds: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    answers = 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise BenchFailed(f"{path} was answered with {answer.status}")
        answers += 1
    connection.close()
    return answers
