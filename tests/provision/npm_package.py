"""An npm package in the versions of a lock file here, in a folder beside this Python's own packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.provision.programs import program

_FILES = ("package.json", "package-lock.json", ".npmrc")


@dataclass(frozen=True)
class NpmPackage:
    """`source` holds what pins it; `folder` is the name of where it is installed, and `main` the pattern of a path in
    there that is found when it is."""

    name: str
    source: Path
    folder: str
    main: str
    install_s: float

    @property
    def place(self) -> Path:
        return Path(sys.prefix) / self.folder

    def found(self) -> Path | None:
        """The first path that `main` matches, whichever version it is of."""
        return next(self.place.glob(self.main), None)

    def is_installed(self) -> bool:
        """Whether it is there in the versions that `source` asks for."""
        lock = self.place / "package-lock.json"
        if self.found() is None or not lock.exists():
            return False
        return lock.read_bytes() == (self.source / "package-lock.json").read_bytes()

    def install(self) -> None:
        """Install it unless it is, or npm is missing. A failure is printed, not raised."""
        npm = program("npm")
        if npm is None or self.is_installed():
            return
        print(f"installing npm's package {self.name}", flush=True)
        try:
            self._install(npm)
        except (OSError, subprocess.SubprocessError) as error:
            print(error)

    def _install(self, npm: str) -> None:
        place = self.place
        new = place.with_name(place.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        for name in _FILES:
            shutil.copy(self.source / name, new / name)
        command = [npm, "ci", "--ignore-scripts", "--loglevel=error"]
        subprocess.run(command, cwd=new, stdin=subprocess.DEVNULL, timeout=self.install_s, check=True)
        # In one step: an installation that was interrupted never looks like one that is complete.
        shutil.rmtree(place, ignore_errors=True)
        new.rename(place)
