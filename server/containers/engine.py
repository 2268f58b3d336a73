"""The port to a container engine: what Pilothouse needs of one, in its own words. Times are ns since the epoch."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

import msgspec

from server.errors import AppError
from server.protocol.client import ActionOptions
from server.protocol.views import Action, HealthCheckResult, LogLine, Mount, Port

State = Literal["created", "running", "paused", "restarting", "removing", "exited", "dead"]
Health = Literal["healthy", "unhealthy", "starting"]
Change = Literal[
    "create",
    "start",
    "die",
    "stop",
    "restart",
    "pause",
    "unpause",
    "kill",
    "oom",
    "rename",
    "update",
    "health",
    "destroy",
]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


class EngineError(AppError):
    """The engine refused or failed; the message is its own, made readable."""

    code = "engine_error"
    status = 502


class EngineUnreachable(EngineError):
    """Nobody answers at the engine's address, or we may not open it."""

    code = "engine_unreachable"
    status = 503
    temporary = True


class EngineTimeout(EngineError):
    """The engine took the call and did not answer in time: the call may still have its effect."""

    code = "engine_busy"
    status = 504
    temporary = True


class EngineForbids(EngineError):
    """The engine, or a proxy in front of it, does not allow this call."""

    code = "engine_forbids"
    status = 502


class ContainerNotFound(EngineError):
    code = "container_not_found"
    status = 404


class ContainerConflict(EngineError):
    """The container is in a state in which this cannot be done."""

    code = "container_conflict"
    status = 409


class InvalidContainer(EngineError):
    """Not an id, a start of one or a name. Nothing of it ever enters a URL."""

    code = "invalid_container"
    status = 400


class InvalidOption(EngineError):
    """The engine does not take an option as it was given, a signal for instance."""

    code = "invalid_option"
    status = 400


def container_reference(text: str) -> str:
    """Return `text` if it may be put into a URL as the id or name of a container.

    Raises:
        InvalidContainer: it holds anything but what the engine allows in a name; a path, for instance.
    """
    if _ID.fullmatch(text) is None:
        raise InvalidContainer(
            f"{text!r:.80} is no container: give its id, the start of its id or its name "
            "(letters, digits, '_', '.' and '-', at most 128)."
        )
    return text


class EngineIdentity(msgspec.Struct, frozen=True):
    """`id` tells one engine from another at the same address; it outlives restarts of the engine."""

    id: str
    version: str


class ContainerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One container as the engine describes it. `exit_code` is null until it has ended once.

    A list knows less than an inspection: without one, `inspected` is false and times, exit code, health and restart
    count are what the list's words allow.
    """

    id: str
    name: str
    image: str
    state: State
    created_ns: int
    labels: dict[str, str]
    ports: list[Port]
    inspected: bool
    started_ns: int | None = None
    finished_ns: int | None = None
    health: Health | None = None
    exit_code: int | None = None
    oom_killed: bool = False
    restart_count: int = 0
    error: str | None = None
    tty: bool = False
    stop_timeout_s: int | None = None
    stop_signal: str | None = None


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is shown of one container. `environment`: the names of its variables; their values are left out
    where they are read: they hold secrets."""

    facts: ContainerFacts
    command: list[str]
    entrypoint: list[str]
    working_dir: str
    user: str
    hostname: str
    restart_policy: str
    networks: dict[str, str]
    mounts: list[Mount]
    health_log: list[HealthCheckResult]
    environment: tuple[str, ...] = ()


class EngineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one container, told by the engine at `at_ns` of its own clock."""

    change: Change
    id: str
    name: str
    image: str
    labels: dict[str, str]
    at_ns: int
    exit_code: int | None = None
    signal: str | None = None
    old_name: str | None = None
    health: Health | None = None


class Engine(Protocol):
    """One container engine. Every method may raise an EngineError; none waits without a bound, streams apart.

    The streams are context managers: leaving one releases its connection, however it is left.
    """

    @property
    def address(self) -> str:
        """Where it is, as it is configured."""
        ...

    async def identify(self) -> EngineIdentity:
        """Who answers. To be called first on every (re)connection: the version of the API is agreed on anew."""
        ...

    async def ping(self) -> None:
        """Return if the engine answers within a few seconds."""
        ...

    async def containers(self) -> list[ContainerFacts]:
        """Every container, running or not, in one quick call."""
        ...

    async def inspect(self, container: str) -> Inspection: ...

    def events(self, since_ns: int | None = None) -> AbstractAsyncContextManager[AsyncIterator[EngineEvent]]:
        """Changes from now on; with `since_ns` first those after it that the engine still remembers.

        Once entered, no later change is missed. The iterator ends when the engine closes the stream.
        """
        ...

    async def act(self, container: str, action: Action, options: ActionOptions, *, grace_s: int) -> bool:
        """Do `action` and return whether it changed anything: false says that it already was so.

        `grace_s` is the time that the container takes to end at most; the call is given that and some more.

        Raises:
            EngineTimeout, EngineUnreachable: it may have happened all the same; only an inspection tells.
        """
        ...

    def logs(
        self, container: str, *, tail: int | None, since_ns: int | None, follow: bool
    ) -> AbstractAsyncContextManager[AsyncIterator[list[LogLine]]]:
        """Lines of output as they come, oldest first, in small lists; with `follow` without an end."""
        ...

    async def close(self) -> None: ...
