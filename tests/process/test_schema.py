"""The OpenAPI document against the server that it describes: whatever is sent, no answer is an error of the server."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.process.people import peopled
from tests.provision.engine import Engine

pytestmark = pytest.mark.engine

EXAMPLES = os.environ.get("PILOTHOUSE_TEST_EXAMPLES", "20")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ["viewer", "admin"])
async def test_no_request_that_fits_the_document_or_just_does_not_is_answered_with_a_500(
    engine: Engine, http: ClientSession, tmp_path: Path, role: str
) -> None:
    async with peopled(http, tmp_path, engine=engine.url) as (server, people):
        token = await people.service_token("schema", role)
        arguments = (
            *("run", f"{server.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token.token}"),
            *("--checks", CHECKS, "--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing"),
            *("--exclude-operation-id", "streamEvents", "--exclude-operation-id", "getLogs"),
            *("--request-timeout", "30", "--seed", "1", "--no-color", "--generation-database", "none"),
        )
        run = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "schemathesis.cli",
            *arguments,
            cwd=tmp_path,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await run.communicate()
        assert run.returncode == 0, said.decode(errors="replace")[-6000:]
        assert server.alive
        assert "Traceback" not in server.said()
