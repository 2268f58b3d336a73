"""A program that is measured from the outside, and told by lines what to do."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
ANSWER_S = 60.0
END_S = 10.0


class BenchFailed(Exception):
    """A measure could not be taken; the text says of what and why."""


class Child:
    """One process. It is ended, by its own id, when the context is left.

    Its CPU is what the kernel has counted for all of its threads, in nanoseconds; its memory what is resident.
    """

    def __init__(
        self, command: Sequence[str | Path], *, name: str, environ: Mapping[str, str] | None = None, cwd: Path = ROOT
    ) -> None:
        self.name = name
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed in `close`
        self._text = b""
        self.started_s = time.perf_counter()
        self._process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            cwd=cwd,
            env=os.environ | (environ or {}),
        )
        self.pid = self._process.pid

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    def hear(self, within_s: float = ANSWER_S) -> str:
        """Return its next line.

        Raises:
            BenchFailed: it ended, or said nothing in time.
        """
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        deadline = time.perf_counter() + within_s
        while b"\n" not in self._text:
            left_s = deadline - time.perf_counter()
            ready = select.select([pipe], [], [], max(left_s, 0))[0]
            text = os.read(pipe, 65536) if ready else b""
            if not text:
                raise BenchFailed(f"{self.name} {'ended' if ready else 'did not answer'}:\n{self._last_words()}")
            self._text += text
        line, _, self._text = self._text.partition(b"\n")
        return line.decode()

    def ask(self, line: str, within_s: float = ANSWER_S) -> str:
        self.tell(line)
        return self.hear(within_s)

    def cpu_s(self) -> float:
        """Seconds of CPU that its threads have used, as the scheduler counts them (`/proc/PID/task/*/schedstat`)."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def rss_b(self) -> int:
        """Resident memory. `smaps_rollup` is exact where the counters of `stat` lag behind."""
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                return int(line.split()[1]) * 1024
        raise BenchFailed(f"the memory of {self.name} cannot be read")

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                pipe.close()

    def _last_words(self) -> str:
        self._errors.seek(0)
        return "\n".join(self._errors.read().decode(errors="replace").splitlines()[-12:])
