"""What an engine's error text means and what to do about it, in a sentence for people."""

from __future__ import annotations

import errno
import re

from server.containers.engine import (
    ContainerConflict,
    ContainerNotFound,
    EngineError,
    EngineForbids,
    EngineTimeout,
    EngineUnreachable,
    InvalidOption,
)

# The engine's own words on the left (moby 20.10 to 29, and podman where it differs); the first that is found counts.
_REASONS: list[tuple[str, type[EngineError], str]] = [
    (r"no such container|no container with name or id", ContainerNotFound, "There is no such container any more."),
    (
        r"cannot remove (?:a running )?container.*(?:is running|stop the container)|cannot remove a running",
        ContainerConflict,
        "The container is running. Stop it first, or remove it with force.",
    ),
    (
        r"cannot remove.*paused",
        ContainerConflict,
        "The container is paused. Unpause and stop it first, or remove it with force.",
    ),
    (r"removal of container .* already in progress", ContainerConflict, "The container is being removed already."),
    (
        r"marked for removal",
        ContainerConflict,
        "The container is being removed; create it anew instead of starting this one.",
    ),
    (r"cannot start a paused container", ContainerConflict, "The container is paused. Unpause it instead."),
    (r"is already paused", ContainerConflict, "The container is paused already."),
    (r"is not paused", ContainerConflict, "The container is not paused."),
    (r"is paused\. unpause", ContainerConflict, "The container is paused. Unpause it first."),
    (
        r"is restarting, wait",
        ContainerConflict,
        "The container is restarting. Wait until it runs, or stop it.",
    ),
    (r"container \S+ is not running|is not running", ContainerConflict, "The container is not running."),
    (r"invalid signal:? *(\S*)", InvalidOption, "The engine knows no signal {0}."),
    (
        r"bind for (?:\S*:)?(\d+) failed: port is already allocated",
        EngineError,
        "Port {0} of the host is taken by another container. Stop that one, or publish another port.",
    ),
    (
        r"listen (?:tcp|udp)\d? \S*:(\d+): bind: address already in use",
        EngineError,
        "Port {0} of the host is taken by another program. Stop that one, or publish another port.",
    ),
    (
        r'exec: \\?"([^"\\]+)\\?": (?:executable file not found|stat|no such file)',
        EngineError,
        "The container's command, {0}, is not in its image.",
    ),
    (
        r'exec: \\?"([^"\\]+)\\?": permission denied',
        EngineError,
        "The container's command, {0}, may not be executed: it lacks the permission in its image.",
    ),
    (
        r"bind source path does not exist: (\S+)",
        EngineError,
        "The folder {0}, which the container mounts, is not on the host.",
    ),
    (r"no space left on device", EngineError, "The engine's disk is full. Free some space on the host."),
    (
        r"network (\S+) not found",
        EngineError,
        "The network {0} of the container is gone. Create the network, or the container anew.",
    ),
    (
        r"could not select device driver",
        EngineError,
        "The host has no driver for a device that the container asks for (a GPU without its container toolkit?).",
    ),
    (
        r"cannot join network of a non running container: *(\S*)",
        ContainerConflict,
        "The container shares the network of another one that does not run. Start that one first.",
    ),
    (
        r"did not receive an exit event",
        EngineTimeout,
        "The engine could not end the container in time. Try again, or look at the host's load.",
    ),
]
_COMPILED = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), kind, text) for pattern, kind, text in _REASONS]

_PREFIXES = re.compile(r"^(?:error response from daemon: |cannot \w+ container:? \S+: )+", re.IGNORECASE)
_LONG_ID = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
_MOST_TEXT = 500


def refusal(status: int, text: str, call: str) -> EngineError:
    """Return the error for an answer with `status` and the engine's `text` to `call` (method and path)."""
    for pattern, kind, sentence in _COMPILED:
        match = pattern.search(text)
        if match is not None:
            return kind(sentence.format(*match.groups()))
    shown = _readable(text)
    if status in (401, 403):
        return EngineForbids(f"The engine, or the proxy in front of it, does not allow {call}. Allow that call there.")
    if status == 404 and "container" in call:
        return ContainerNotFound("There is no such container any more.")
    if status == 409:
        return ContainerConflict(f"The container's state does not allow this: {shown}")
    return EngineError(f"The engine says: {shown}")


def unreachable(address: str, cause: BaseException | None) -> EngineUnreachable:
    """Return the error for an engine at `address` that could not be spoken to because of `cause`."""
    number = _errno(cause)
    where = address.removeprefix("unix://")
    if number == errno.ENOENT:
        return EngineUnreachable(f"There is no Docker engine at {where}. Start it, or set PILOTHOUSE_ENGINE.")
    if number in (errno.EACCES, errno.EPERM):
        return EngineUnreachable(
            f"Pilothouse may not open {where}. Run it as a member of the group that owns it (docker, usually)."
        )
    if number == errno.ECONNREFUSED:
        return EngineUnreachable(f"Nobody answers at {where}: the Docker engine is not running.")
    return EngineUnreachable(f"The Docker engine at {where} cannot be reached: {_cause(cause)}.")


def _errno(cause: BaseException | None) -> int | None:
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno is not None:
            return cause.errno
        cause = cause.__cause__ or cause.__context__
    return None


def _cause(cause: BaseException | None) -> str:
    return (str(cause) or type(cause).__name__)[:200].rstrip(".") if cause is not None else "the connection was lost"


def _readable(text: str) -> str:
    text = _LONG_ID.sub(r"\1", _PREFIXES.sub("", text.strip()))
    # Runtimes wrap one error into the next, "a: b: c: unknown": the end says what happened.
    text = text.removesuffix(": unknown")
    if len(text) > _MOST_TEXT:
        text = "…" + text[-_MOST_TEXT:]
    if not text:
        return "nothing about why."
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
