"""The wheel alone, in an empty environment far from the checkout, is the whole product."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
import venv
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
SOURCES = ("pyproject.toml", "setup.cfg", "README.md", "LICENSE", "server", "templates", "static/dist")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment that holds the wheel and what it asks for, and nothing else."""
    tmp = tmp_path_factory.mktemp("wheel")
    # A copy: setuptools leaves what it built in the folder it builds from, and puts it into the next wheel.
    for source in SOURCES:
        target = tmp / "sources" / source
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, target)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", tmp / "dist", tmp / "sources"],
        check=True,
        capture_output=True,
    )
    venv.create(tmp / "venv", with_pip=False)
    python = tmp / "venv/bin/python"
    wheels = list((tmp / "dist").glob("*.whl"))
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *wheels],
        check=True,
        capture_output=True,
    )
    return tmp


@pytest.fixture(scope="module")
def url(environment: Path) -> Iterator[str]:
    """The address of `pilothouse serve`, run from that environment in a folder of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PILOTHOUSE_", "PYTHON"))}
    environ |= {
        "PYTHONUNBUFFERED": "1",
        "PILOTHOUSE_PORT": str(port),
        "PILOTHOUSE_DATA": str(environment / "data"),
        # Nobody is there: the page is served all the same.
        "PILOTHOUSE_ENGINE": f"unix://{environment}/no.sock",
    }
    with subprocess.Popen(
        [environment / "venv/bin/pilothouse", "serve"],
        cwd=environment,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        assert server.stdout is not None
        # It says where it listens once it does.
        said = list(iter_until(server.stdout, f":{port}"))
        assert server.poll() is None, "".join(said)
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def iter_until(lines: Iterable[str], mark: str) -> Iterator[str]:
    """Yield lines up to and with the first that has `mark` in it."""
    for line in lines:
        yield line
        if mark in line:
            return


def get(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read()


def test_it_holds_the_interface_the_templates_and_the_migrations(environment: Path) -> None:
    (server,) = (environment / "venv").glob("lib/python*/site-packages/server")
    built = {file.relative_to(ROOT / "static/dist") for file in (ROOT / "static/dist").rglob("*") if file.is_file()}
    carried = {file.relative_to(server / "static") for file in (server / "static").rglob("*") if file.is_file()}
    assert carried == built
    assert list((server / "templates").rglob("*.html"))
    assert list((server / "storage/migrations").glob("*.sql"))


def test_it_serves_the_page_and_the_assets_that_the_page_names(url: str) -> None:
    status, page = get(url)
    assets = re.findall(rb'"(/assets/[^"]+\.(?:js|css))"', page)
    assert status == 200
    assert assets
    assert {get(url + asset.decode())[0] for asset in assets} == {200}
