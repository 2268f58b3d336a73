"""The npm package oidc-provider, in the versions of `oidc/package-lock.json`."""

from __future__ import annotations

from pathlib import Path

from tests.provision.npm_package import NpmPackage
from tests.provision.programs import program

SOURCE = Path(__file__).parent / "oidc"
_PACKAGE = NpmPackage(
    "oidc-provider",
    source=SOURCE,
    folder="oidc-provider",
    main="node_modules/oidc-provider/lib/index.js",
    install_s=300,
)
MODULE = _PACKAGE.place / _PACKAGE.main

install = _PACKAGE.install


def lacks() -> list[str]:
    """What this machine is without."""
    lacking = [name for name in ("node", "npm") if program(name) is None]
    return lacking or ([] if _PACKAGE.is_installed() else [f"the npm package {_PACKAGE.name}"])
