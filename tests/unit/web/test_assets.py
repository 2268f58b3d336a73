"""The interface's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.errors import StartupError
from server.web import assets
from tests.unit.web.conftest import SCRIPT, World

MAIN = "/assets/main-AAAA.js"


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", b"brotli"),
        ("gzip;q=1.0, br;q=0.5", "br", b"brotli"),
        ("gzip", "gzip", b"gzip"),
        ("GZIP, br;q=0", "gzip", b"gzip"),
        ("br; q=0.000, *", "gzip", b"gzip"),
        ("*", "br", b"brotli"),
        ("deflate", None, SCRIPT),
        ("identity", None, SCRIPT),
        ("", None, SCRIPT),
        ("brotli, x-br", None, SCRIPT),
    ],
)
async def test_the_best_encoding_that_is_accepted_is_sent(
    world: World, accepted: str, encoding: str | None, body: bytes
) -> None:
    response = await world.client.get(MAIN, headers={"Accept-Encoding": accepted}, auto_decompress=False)
    assert response.headers.get("Content-Encoding") == encoding
    assert await response.read() == body
    assert response.headers["Vary"] == "Accept-Encoding"


async def test_a_file_with_a_hash_in_its_name_is_kept_for_a_year(world: World) -> None:
    for name in ("main-AAAA.js", "main-BBBB.css", "shared-DDDD.js", "favicon-CCCC.svg"):
        response = await world.client.head(f"/assets/{name}")
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable", name


async def test_a_file_without_one_is_asked_for_again(world: World) -> None:
    response = await world.get("/assets/robots.txt")
    assert response.headers["Cache-Control"] == "no-cache"
    assert "Vary" not in response.headers


async def test_who_has_the_file_is_not_sent_it_again(world: World) -> None:
    tag = (await world.client.get(MAIN, headers={"Accept-Encoding": "identity"})).headers["ETag"]
    again = await world.client.get(MAIN, headers={"Accept-Encoding": "identity", "If-None-Match": tag})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == tag


async def test_each_encoding_has_a_tag_of_its_own(world: World) -> None:
    tags = set()
    for accepted in ("br", "gzip", "identity"):
        response = await world.client.head(MAIN, headers={"Accept-Encoding": accepted}, auto_decompress=False)
        tags.add(response.headers["ETag"])
    assert len(tags) == 3


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("main-AAAA.js", "text/javascript"),
        ("main-BBBB.css", "text/css"),
        ("favicon-CCCC.svg", "image/svg+xml"),
        ("robots.txt", "text/plain"),
    ],
)
async def test_a_file_has_the_type_that_browsers_insist_on(world: World, name: str, kind: str) -> None:
    assert (await world.client.head(f"/assets/{name}")).content_type == kind


@pytest.mark.parametrize("name", [".vite/manifest.json", "main-AAAA.js.br", "%2e%2e/%2e%2e/etc/passwd", "..%2fx"])
async def test_nothing_else_is_served(world: World, name: str) -> None:
    assert (await world.get(f"/assets/{name}")).status == 404


@pytest.mark.parametrize("manifest", ["", "[]", "{}", "{"])
def test_a_manifest_that_is_none_stops_the_start(tmp_path: Path, manifest: str) -> None:
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite/manifest.json").write_text(manifest)
    with pytest.raises(StartupError, match="Build the interface anew"):
        assets.load(tmp_path)


def test_a_folder_that_is_no_interface_is_not_read_into_memory(tmp_path: Path) -> None:
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite/manifest.json").write_text(json.dumps({"src/main.tsx": {"file": "main.js"}}))
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(assets.MAX_TOTAL_B + 1)
    with pytest.raises(StartupError, match="no interface"):
        assets.load(tmp_path)


def test_chunks_that_import_each_other_are_named_once(interface: Path) -> None:
    manifest = json.loads((interface / ".vite/manifest.json").read_text())
    manifest["_shared.js"]["imports"] = ["src/main.tsx", "_shared.js"]
    (interface / ".vite/manifest.json").write_text(json.dumps(manifest))
    entry = assets.load(interface).entry
    assert entry is not None
    assert entry.preloads == ("/assets/shared-DDDD.js",)
