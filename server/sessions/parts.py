"""The parts of sessions, put together."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from server.access import LOCAL, Principal
from server.auth.service import Auth
from server.clock import Clock
from server.config import Config
from server.errors import StartupError
from server.eventlog.audit import Audit
from server.eventlog.log import EventLog
from server.protocol.sessions import RunnerName
from server.sessions.broker import Broker
from server.sessions.builtin.runner import BuiltinRunner
from server.sessions.conductor import Conductor
from server.sessions.limits import RunLimits
from server.sessions.places import Places
from server.sessions.runbooks.library import Library
from server.sessions.runner import Runner
from server.sessions.service import Sessions
from server.sessions.store import Store
from server.sessions.streamer import EndState, PublishState
from server.sessions.tools.toolbox import Containers, Metrics, Toolbox
from server.storage.database import Database
from server.tasks import Tasks

logger = logging.getLogger(__name__)


@asynccontextmanager
async def opened(
    config: Config,
    data: Path,
    *,
    auth: Auth,
    log: EventLog,
    database: Database,
    audit: Audit,
    clock: Clock,
    containers: Containers,
    metrics: Metrics,
    publish_state: PublishState,
    end_state: EndState,
    published: Callable[[], int],
) -> AsyncIterator[Sessions]:
    """Sessions and what answers in them, until the end of the block. `data` is the folder that an agent must not open.

    Raises:
        StartupError: a runner cannot work as it is configured, or the one that new sessions are to have is none.
        StorageUnavailable: what was said cannot be read.
    """

    def people(id: str) -> Principal | None:
        return LOCAL if config.auth == "off" and id == LOCAL.id else auth.identities.named(id)

    async with AsyncExitStack() as stack:
        library = await Library.open(Path(config.runbooks) if config.runbooks else None, clock=clock)
        stack.push_async_callback(library.close)
        for problem in library.problems:
            logger.warning("a runbook cannot be used", extra={"reason": problem})
        runners = _runners(config, data, library, clock)
        for runner in runners.values():
            await runner.start()
            stack.push_async_callback(runner.close)
        store = await Store.open(log, database, clock)
        stack.push_async_callback(store.close)
        tasks = Tasks("sessions.broker")
        stack.push_async_callback(tasks.close)
        broker = Broker(store, people, audit, clock, config.permission_s, tasks)
        stack.push_async_callback(broker.close)
        toolbox = Toolbox(containers, metrics, library, log=log, read_only=config.read_only)
        conductor = Conductor(
            store, broker, runners, toolbox, people, publish_state, end_state, published, clock, _limits(config)
        )
        sessions = Sessions(
            store=store,
            conductor=conductor,
            broker=broker,
            places=Places(auth.workspaces, auth.directory),
            runners=runners,
            default=config.runner,
            risk_of={spec.name: spec.risk for spec in toolbox.specs()}.get,
            published=published,
            clock=clock,
        )
        await broker.start()
        # Who could ask for more goes first, then what runs: a permission that waits is left as it is.
        stack.push_async_callback(conductor.close)
        stack.push_async_callback(sessions.end)
        await conductor.start()
        yield sessions


def _runners(config: Config, data: Path, library: Library, clock: Clock) -> dict[RunnerName, Runner]:
    runners: dict[RunnerName, Runner] = {"builtin": BuiltinRunner(library)}
    # What is not configured is not imported either: a model's library takes a second and 70 MB.
    if config.llm_api:
        from server.sessions.llm.runner import LlmRunner

        runners["llm"] = LlmRunner(config, clock)
    if config.claude:
        from server.sessions.claude.runner import ClaudeRunner

        runners["claude"] = ClaudeRunner(config, data, clock)
    if config.runner not in runners:
        needed = {"llm": "PILOTHOUSE_LLM_API", "claude": "PILOTHOUSE_CLAUDE"}[config.runner]
        raise StartupError(f"PILOTHOUSE_RUNNER={config.runner!r} needs {needed}. Set it, or choose another runner.")
    return runners


def _limits(config: Config) -> RunLimits:
    return RunLimits(
        runs=config.runs,
        run_s=config.run_s,
        turns=config.run_turns,
        output_b=config.run_output_b,
        cost_usd=config.run_cost_usd,
    )
