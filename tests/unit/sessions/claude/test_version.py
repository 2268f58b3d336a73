"""One version of Claude Code is built in, tried, recorded and written about."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
GOLDEN = Path(__file__).parent / "golden"


def test_the_image_the_smoke_test_the_recordings_and_the_manual_mean_the_same_version() -> None:
    package = json.loads((ROOT / "tests/provision/claude/package.json").read_text(encoding="utf-8"))
    pinned = package["dependencies"]["@anthropic-ai/claude-code"]
    recorded = {
        version
        for path in GOLDEN.glob("*.jsonl")
        for version in re.findall(r'"claude_code_version":"([^"]+)"', path.read_text(encoding="utf-8"))
    }
    built_in = re.findall(r"^ARG CLAUDE_CODE=(\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    written = re.findall(r"claude-code@(\S+)|tried with (\S+),", (ROOT / "docs/agents.md").read_text(encoding="utf-8"))
    assert recorded == {pinned}
    assert built_in == [pinned]
    assert {version for pair in written for version in pair if version} == {pinned}
