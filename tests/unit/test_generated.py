"""The interface's message types are what the server's messages say today."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "static/src/protocol/messages.gen.ts"


def test_the_generated_types_are_fresh() -> None:
    node = shutil.which("node")
    if node is None or not (ROOT / "static/node_modules").is_dir():
        pytest.fail("Node and the interface's packages are needed: run this through `make test-server`", pytrace=False)
    schema = subprocess.run([sys.executable, "-m", "server", "schema"], cwd=ROOT, capture_output=True, check=True)
    fresh = subprocess.run(
        [node, "scripts/generate-types.mjs"], cwd=ROOT / "static", input=schema.stdout, capture_output=True, check=True
    )
    assert GENERATED.read_text(encoding="utf-8") == fresh.stdout.decode(), "stale: run `make generate`"
