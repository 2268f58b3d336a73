"""A throwaway, real Docker engine: its own daemon, socket and folder, and one image that needs no registry.

It has neither a bridge nor iptables rules, so it works inside a container and leaves the machine's own engine alone:
containers run with `--network none` or `--network host`. A `sleep` that is process 1 ignores SIGTERM: with
`--stop-signal KILL` a stop, of it or of the daemon, does not wait for the engine's ten seconds.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

from tests.provision.parts import static_busybox
from tests.provision.programs import program

IMAGE = "pilothouse/busybox:test"
APPLETS = (
    *("cat", "date", "echo", "env", "false", "head", "httpd", "id", "kill", "ls", "nc", "ps", "seq", "sh", "sleep"),
    *("stat", "tail", "tee", "test", "top", "touch", "true", "wget", "yes"),
)
START_S = 60.0
STOP_S = 30.0


class EngineFailed(Exception):
    """The daemon or its command line did not do what a test needs; the text holds their own words."""


class Engine:
    """One daemon. `start` and `stop` may alternate; images and stopped containers survive in between.

    The methods block: inside a running event loop call them with `asyncio.to_thread`.
    """

    def __init__(self) -> None:
        # A short path: the name of a Unix socket holds at most 107 bytes.
        self.root = Path(tempfile.mkdtemp(prefix="pilothouse-engine-", dir="/tmp"))
        self.socket = self.root / "docker.sock"
        self.log = self.root / "dockerd.log"
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address as PILOTHOUSE_ENGINE and `docker --host` take it."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        """The daemon's process id, for tests that freeze or kill it."""
        if self._daemon is None:
            raise EngineFailed("the engine is stopped")
        return self._daemon.pid

    def start(self) -> None:
        """Start the daemon and return when its API answers."""
        if self._daemon is not None:
            raise EngineFailed("the engine runs already")
        dockerd = program("dockerd")
        if dockerd is None:
            raise EngineFailed("there is no dockerd")
        command = [
            dockerd,
            *("--host", self.url),
            *("--data-root", str(self.root / "data")),
            *("--exec-root", str(self.root / "exec")),
            *("--pidfile", str(self.root / "docker.pid")),
            *("--iptables=false", "--ip6tables=false", "--bridge=none", "--log-level=warn"),
        ]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, self.log.open("ab") as log:
            address = self.root / "ready.sock"
            ready.bind(str(address))
            ready.settimeout(0.5)
            self._daemon = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"NOTIFY_SOCKET": str(address)},
                # Ctrl-C is for pytest, which then stops the daemon in order.
                start_new_session=True,
            )
            try:
                self._wait_until_ready(ready)
            except EngineFailed:
                self.stop()
                raise
            finally:
                address.unlink()

    def _wait_until_ready(self, ready: socket.socket) -> None:
        """The daemon tells the socket `READY=1` when its API listens, as it would tell systemd."""
        assert self._daemon is not None
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                if b"READY=1" in ready.recv(4096):
                    return
            if self._daemon.poll() is not None:
                break
        raise EngineFailed(f"dockerd did not start:\n{self._last_words()}")

    def stop(self) -> None:
        """End the daemon, and with it its containers. Without one that runs this does nothing."""
        daemon, self._daemon = self._daemon, None
        if daemon is None:
            return
        daemon.send_signal(signal.SIGCONT)  # a test may have frozen it
        daemon.terminate()
        try:
            daemon.wait(STOP_S)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def docker(self, *args: str, stdin: bytes | None = None, timeout_s: float = 60.0) -> str:
        """Run the command line against this engine and return what it printed, without the white space around it.

        Raises:
            EngineFailed: it ended with anything but 0; the text is its standard error.
        """
        done = subprocess.run(
            ["docker", "--host", self.url, *args],
            # An empty input rather than none: `docker import -` must never wait for a terminal.
            input=stdin or b"",
            capture_output=True,
            timeout=timeout_s,
            env=os.environ | {"DOCKER_CONFIG": str(self.root / "config")},
            check=False,
        )
        if done.returncode != 0:
            raise EngineFailed(f"docker {' '.join(args)}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace").strip()

    def load_image(self) -> None:
        """Make `IMAGE` out of the machine's static busybox."""
        busybox = static_busybox()
        if busybox is None:
            raise EngineFailed("there is no static busybox")
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(os.path.realpath(busybox), arcname="bin/busybox")
            for applet in APPLETS:
                link = tarfile.TarInfo(f"bin/{applet}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
            for name, mode in (("etc", 0o755), ("tmp", 0o1777), ("www", 0o755)):
                folder = tarfile.TarInfo(name)
                folder.type, folder.mode = tarfile.DIRTYPE, mode
                tar.addfile(folder)
        self.docker("import", "-", IMAGE, stdin=archive.getvalue())

    def clear(self) -> None:
        """Remove every container, running or not."""
        containers = self.docker("ps", "--all", "--quiet").split()
        if containers:
            self.docker("rm", "--force", "--volumes", *containers)

    def close(self) -> None:
        """Remove the containers, the daemon, whatever either left behind, and the folder."""
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGCONT)
            with contextlib.suppress(EngineFailed, subprocess.TimeoutExpired):
                self.clear()
        self.stop()
        self._end_strays()
        self._unmount()
        shutil.rmtree(self.root, ignore_errors=True)

    def _end_strays(self) -> None:
        """Kill what outlived the daemon, as shims do when it was killed. All bear the folder's name."""
        mark = os.fsencode(str(self.root))
        for process in Path("/proc").iterdir():
            if process.name.isdecimal() and int(process.name) != os.getpid():
                # It may have ended since the folder was listed.
                with contextlib.suppress(OSError):
                    if mark in (process / "cmdline").read_bytes():
                        os.kill(int(process.name), signal.SIGKILL)

    def _unmount(self) -> None:
        points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for point in sorted((p for p in points if p.startswith(f"{self.root}/")), reverse=True):
            subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
