"""Questions that are answered by looking: status, metrics, logs, diagnosis."""

from __future__ import annotations

from collections.abc import Sequence

from server.protocol.sessions import Intent
from server.sessions.builtin import answers, observed
from server.sessions.builtin.desk import Desk, sure
from server.sessions.builtin.diagnosis import Finding, findings
from server.sessions.builtin.intents import MAX_TAIL, Asked
from server.sessions.builtin.observed import Container, Found, Listing
from server.sessions.runner import ToolResult

DIAGNOSED_LINES = 20
LOOKUPS = 2
"""Findings that are looked up in the runbooks; the others are less weighty."""


async def status(desk: Desk, of: Sequence[Container], everything: Listing) -> None:
    """Tell how the containers `of` are, all if there are none."""
    unseen = everything.unseen_like(of)
    text = answers.names(of, desk.language, left_out=unseen) if of else answers.overview(everything, desk.language)
    await desk.say(text, "status")


async def metrics(desk: Desk, *, of_containers: bool) -> None:
    """Tell the host's figures, and that there are no others if those `of_containers` were asked for."""
    result = await desk.read("host_metrics")
    if not result.ok:
        await failed(desk, result, "metrics")
        return
    lead = desk.word("host_only") + "\n\n" if of_containers else ""
    await desk.say(lead + answers.host(observed.metrics(result), desk.language), "metrics")


async def logs(desk: Desk, container: Container, asked: Asked) -> None:
    name = container.name
    # Errors are rare among the lines: look through as many as there may be.
    tail = MAX_TAIL if asked.errors else asked.tail
    result = await desk.read("container_logs", detail=name, container=name, tail=tail)
    if not result.ok:
        await failed(desk, result, "logs")
        return
    lines = observed.lines(result)
    shown = [line for line in lines if answers.ERROR.search(line)][-asked.tail :] if asked.errors else lines
    if lines and not shown:
        await desk.say(desk.word("no_errors", count=len(lines), name=name), "logs")
    else:
        await desk.say(answers.log(name, shown, desk.language), "logs")


async def diagnose(desk: Desk, container: Container, question: str) -> None:
    """Tell what is conspicuous about `container`, and what the runbooks say about that."""
    name = container.name
    result = await desk.read("inspect_container", detail=name, container=name)
    details = observed.details(result) if result.ok else None
    if details is None:
        await failed(desk, result, "diagnose")
        return
    log = await desk.read("container_logs", detail=name, container=name, tail=DIAGNOSED_LINES)
    lines = observed.lines(log) if log.ok else []
    found = findings(details, lines, desk.language)
    passage = await _runbook(desk, found, question)
    text = answers.diagnosis(details, found, lines, passage, desk.language)
    await desk.say(text, "diagnose", sources=[passage] if passage else [])


async def failed(desk: Desk, result: ToolResult, intent: Intent) -> None:
    """Say that it could not be looked, and why."""
    reason = observed.sentence(result) or result.code or "?"
    await desk.say(desk.word("tool_failed", reason=reason), intent)


async def _runbook(desk: Desk, found: Sequence[Finding], question: str) -> Found | None:
    """The passage about the weightiest finding that has one; without a finding, about the question."""
    queries = [finding.query for finding in found if finding.query][:LOOKUPS]
    for query in queries or [question]:
        if good := sure(await desk.search(query)):
            return good[0]
    return None
