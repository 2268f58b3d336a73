"""The interface's files, held in memory: a file read from the disk costs eight times as much to send."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy

from server.errors import NotFound, StartupError
from server.web import answers
from server.web.answers import etag, has

PREFIX = "/assets/"
MANIFEST = ".vite/manifest.json"
ENTRY = "src/main.tsx"
ICON = "src/icons/favicon.svg"

# The whole interface is under a megabyte; this bounds what a wrong folder could do.
MAX_TOTAL_B = 64 * 1024 * 1024
# In the order of preference: brotli is the smaller one.
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
FOR_A_YEAR = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One encoding of a file with its whole head. `encoding` is empty for the file as it is."""

    encoding: str
    body: bytes
    etag: str
    headers: CIMultiDictProxy[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a page has to name: addresses under `/assets/`."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]
    icon: str | None


@dataclass(frozen=True, slots=True)
class Assets:
    """`files`: each with its variants, the preferred ones first. `entry` is None where the interface was not built."""

    files: Mapping[str, tuple[Variant, ...]]
    entry: Entry | None

    def answer(self, request: web.Request, name: str) -> web.Response:
        """The file in the best encoding that the client takes, or 304 where it has it.

        Raises:
            NotFound: there is no such file. Only names that were there at the start are looked up, never paths.
        """
        variants = self.files.get(name)
        if variants is None:
            raise NotFound(f"There is no asset {name!r:.200}. Reload the page: the interface may have changed.")
        variant = _choose(variants, request.headers.get(hdrs.ACCEPT_ENCODING, ""))
        if hdrs.IF_NONE_MATCH in request.headers and has(request, variant.etag):
            return web.Response(status=304, headers=variant.headers)
        return web.Response(body=variant.body, headers=variant.headers)


def folder(name: str) -> Path:
    """Where the files of `static` or `templates` are: in the package when installed, in the repository otherwise."""
    packaged = Path(str(resources.files("server"))) / name
    if packaged.is_dir():
        return packaged
    return packaged.parents[1] / ("static/dist" if name == "static" else name)


def load(dist: Path) -> Assets:
    """Read everything in `dist`, a build of the interface. Blocks: call it in a thread.

    Raises:
        StartupError: it holds more than an interface can, or its manifest is not one.
    """
    manifest = _manifest(dist / MANIFEST)
    if manifest is None:
        return Assets({}, None)
    files = {path.relative_to(dist).as_posix(): path for path in sorted(dist.rglob("*")) if path.is_file()}
    total_b = sum(path.stat().st_size for path in files.values())
    if total_b > MAX_TOTAL_B:
        raise StartupError(f"{dist} holds {total_b} B: that is no interface. Build it anew with: make run")
    hashed = _hashed(manifest)
    plain = [name for name in files if not name.startswith(".") and not name.endswith((".br", ".gz"))]
    return Assets(
        {name: tuple(_variants(name, files, is_hashed=name in hashed)) for name in plain},
        _entry(manifest, dist),
    )


def _manifest(path: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StartupError(f"{path} is not a manifest of Vite ({error}). Build the interface anew.") from None
    if not isinstance(manifest, dict):
        raise StartupError(f"{path} is not a manifest of Vite. Build the interface anew.")
    return manifest


def _hashed(manifest: dict[str, Any]) -> set[str]:
    """The files whose name holds a hash of their content (vite.dev, "Backend Integration")."""
    chunks = list(manifest.values())
    return {chunk["file"] for chunk in chunks}.union(
        *(chunk.get("css", []) + chunk.get("assets", []) for chunk in chunks)
    )


def _entry(manifest: dict[str, Any], dist: Path) -> Entry:
    if ENTRY not in manifest:
        raise StartupError(f"{dist / MANIFEST} does not name {ENTRY}. Build the interface anew.")
    styles: dict[str, None] = {}
    preloads: dict[str, None] = {}
    seen: set[str] = set()

    def visit(key: str) -> None:
        if key in seen:
            return
        seen.add(key)
        chunk = manifest[key]
        for imported in chunk.get("imports", []):
            visit(imported)
        styles.update(dict.fromkeys(chunk.get("css", [])))
        if key != ENTRY:
            preloads[chunk["file"]] = None

    visit(ENTRY)
    return Entry(
        script=PREFIX + manifest[ENTRY]["file"],
        styles=tuple(PREFIX + name for name in styles),
        preloads=tuple(PREFIX + name for name in preloads),
        icon=PREFIX + manifest[ICON]["file"] if ICON in manifest else None,
    )


def _variants(name: str, files: Mapping[str, Path], *, is_hashed: bool) -> list[Variant]:
    variants = [
        _variant(name, encoding, files[name + suffix], is_hashed)
        for encoding, suffix in _ENCODINGS
        if name + suffix in files
    ]
    variants.append(_variant(name, "", files[name], is_hashed))
    if len(variants) > 1:
        return [_varying(variant) for variant in variants]
    return variants


def _variant(name: str, encoding: str, path: Path, is_hashed: bool) -> Variant:
    body = path.read_bytes()
    tag = etag(body)
    headers = CIMultiDict(
        {
            "Content-Type": _content_type(name),
            "Cache-Control": FOR_A_YEAR if is_hashed else "no-cache",
            "ETag": tag,
        }
    )
    if encoding:
        headers["Content-Encoding"] = encoding
    return Variant(encoding, body, tag, CIMultiDictProxy(headers))


def _varying(variant: Variant) -> Variant:
    headers = CIMultiDict(variant.headers)
    headers["Vary"] = "Accept-Encoding"
    return Variant(variant.encoding, variant.body, variant.etag, CIMultiDictProxy(headers))


def _content_type(name: str) -> str:
    suffix = name[name.rfind(".") :]
    return _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _choose(variants: tuple[Variant, ...], accepted: str) -> Variant:
    """The first variant that `Accept-Encoding` takes; the file as it is comes last and is always taken."""
    if len(variants) > 1 and accepted:
        takes = answers.accepted(accepted)
        for variant in variants:
            if variant.encoding in takes:
                return variant
    return variants[-1]
