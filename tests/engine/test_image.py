"""The Dockerfile and compose.yml as they are: built, started and asked, on a throwaway engine."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.provision.engine import Engine, EngineFailed

pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

ROOT = Path(__file__).parents[2]
STAND_INS = ROOT / "tests/provision/base-images.sh"
PROJECT = "pilothousetest"


@dataclass(frozen=True, slots=True)
class Console:
    """A container of compose.yml and the address that it publishes."""

    engine: Engine
    container: str
    url: str

    def inspect(self, template: str) -> str:
        return self.engine.docker("inspect", "--format", template, self.container)

    def get(self, path: str, token: str | None = None) -> tuple[int, bytes]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()


@pytest.fixture(scope="module")
def image(engine: Engine) -> str:
    """The image of the Dockerfile. Where no registry answers, its base images are stand-ins."""
    recipe = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for base in {*re.findall(r"^FROM (\S+)", recipe, re.MULTILINE)} - {
        *re.findall(r" AS (\S+)$", recipe, re.MULTILINE)
    }:
        try:
            engine.docker("pull", base, timeout_s=300)
        except EngineFailed:
            subprocess.run([STAND_INS, engine.url], check=True)
            break
    # The engine has no bridge for the build to reach npm and PyPI through.
    engine.docker("build", "--network", "host", "--tag", "pilothouse", str(ROOT), timeout_s=900)
    return "pilothouse"


@pytest.fixture(scope="module")
def console(engine: Engine, image: str) -> Iterator[Console]:
    """`docker-compose up` with nothing but what .env.example names."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = os.environ | {
        "DOCKER_HOST": engine.url,
        "DOCKER_SOCKET": str(engine.socket),
        "DOCKER_GID": str(engine.socket.stat().st_gid),
        "PILOTHOUSE_PUBLISH": str(port),
    }
    compose = ["docker-compose", "--project-name", PROJECT, "--file", str(ROOT / "compose.yml")]
    subprocess.run([*compose, "up", "--detach", "--no-build"], env=environ, check=True)
    try:
        container = engine.docker("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}")
        yield Console(engine, container, f"http://127.0.0.1:{port}")
    finally:
        subprocess.run([*compose, "down", "--volumes"], env=environ, check=True)


def test_the_container_turns_healthy(console: Console) -> None:
    follow = ["docker", "--host", console.engine.url, "events", "--since", "0", "--filter", "event=health_status"]
    with subprocess.Popen([*follow, "--format", "{{.Status}}"], stdout=subprocess.PIPE, text=True) as events:
        assert events.stdout is not None
        status = events.stdout.readline().strip()
        events.terminate()
    assert status == "health_status: healthy", console.engine.docker("logs", console.container)


def test_it_serves_the_page_and_the_assets_that_the_page_names(console: Console) -> None:
    status, page = console.get("/")
    assets = re.findall(rb'"(/assets/[^"]+\.(?:js|css))"', page)
    assert status == 200
    assert assets
    assert {console.get(asset.decode())[0] for asset in assets} == {200}


def test_it_reaches_the_engine_without_being_root(console: Console) -> None:
    token = console.engine.docker("exec", console.container, "pilothouse", "token", "create", "t", "--role", "viewer")
    status, containers = console.get("/api/v1/containers", token)
    assert status == 200
    assert console.container.encode() in containers
    assert console.inspect("{{.Config.User}}") == "10001:10001"


def test_strangers_are_turned_away_and_the_log_says_how_to_make_the_first_account(console: Console) -> None:
    assert console.get("/api/v1/containers")[0] == 401
    assert re.search(r"http://127\.0\.0\.1:8100/setup#\S{20,}", console.engine.docker("logs", console.container))


def test_no_agent_is_in_the_image(engine: Engine, image: str) -> None:
    look = "ls -d /usr/local/bin/claude /usr/local/libexec/pilothouse 2>/dev/null; getent passwd agent; true"
    assert engine.docker("run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", look) == ""


def test_no_secret_is_in_the_image(engine: Engine, image: str) -> None:
    settings = engine.docker("inspect", "--format", "{{json .Config.Env}}{{json .Config.Labels}}", image)
    history = engine.docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    assert re.findall(r"(?i)(password|secret|token|api_?key)\S*=", settings + history) == []
    look = (
        "for path in $(find / -xdev -type f ! -path '/proc/*' ! -path '/sys/*' -size -2000k); do "
        "case $path in */secrets.json|*/.env|*/.git/*|*.db|*/id_rsa|*/.netrc|*/.npmrc|*/.pypirc) echo $path;; esac; "
        "done; grep -rlE -- '-----BEGIN [A-Z ]*PRIVATE KEY-----[[:space:]]*[A-Za-z0-9+/]{40}' /opt /data /etc"
    )
    found = engine.docker("run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", f"{look}; true")
    assert found.split() == []


def test_its_database_outlives_the_container(console: Console) -> None:
    assert console.inspect('{{range .Mounts}}{{if eq .Type "volume"}}{{.Destination}}{{end}}{{end}}') == "/data"
    assert "pilothouse" in console.engine.docker("exec", console.container, "ls", "/data")


def test_it_ends_in_order_when_it_is_stopped(console: Console) -> None:
    console.engine.docker("stop", console.container)
    assert console.inspect("{{.State.ExitCode}}") == "0"
