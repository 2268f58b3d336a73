from __future__ import annotations

import errno

import pytest

from server.containers.engine import (
    ContainerConflict,
    ContainerNotFound,
    EngineError,
    EngineForbids,
    EngineTimeout,
    InvalidOption,
)
from server.containers.reasons import refusal, unreachable

ID = "81d1ca3aebba7ac6863acbdc4322e3f2a1f044218b7b2cc8267f2dc72cab03f2"
RUNC = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
DRIVER = "driver failed programming external connectivity on endpoint web (a1b2): "


# The texts are those of engines from 20.10 to 29.
@pytest.mark.parametrize(
    ("status", "text", "kind", "message"),
    [
        (404, "No such container: web", ContainerNotFound, "There is no such container any more."),
        (
            409,
            f"You cannot remove a running container {ID}. Stop the container before attempting removal or force remove",
            ContainerConflict,
            "The container is running. Stop it first, or remove it with force.",
        ),
        (
            409,
            'cannot remove container "/web": container is running: stop the container before removing or force remove',
            ContainerConflict,
            "The container is running. Stop it first, or remove it with force.",
        ),
        (
            409,
            f"You cannot remove a paused container {ID}. Unpause and then stop the container before attempting removal",
            ContainerConflict,
            "The container is paused. Unpause and stop it first, or remove it with force.",
        ),
        (
            409,
            f"removal of container {ID} is already in progress",
            ContainerConflict,
            "The container is being removed already.",
        ),
        (409, f"Container {ID} is already paused", ContainerConflict, "The container is paused already."),
        (500, f"Container {ID} is not paused", ContainerConflict, "The container is not paused."),
        (
            409,
            f"Cannot kill container: web: Container {ID} is not running",
            ContainerConflict,
            "The container is not running.",
        ),
        (
            409,
            f"Container {ID} is restarting, wait until the container is running",
            ContainerConflict,
            "The container is restarting. Wait until it runs, or stop it.",
        ),
        (
            500,
            "cannot start a paused container, try unpause instead",
            ContainerConflict,
            "The container is paused. Unpause it instead.",
        ),
        (400, "Invalid signal: SIGFOO", InvalidOption, "The engine knows no signal SIGFOO."),
        (
            500,
            f"{DRIVER}Bind for 0.0.0.0:80 failed: port is already allocated",
            EngineError,
            "Port 80 of the host is taken by another container. Stop that one, or publish another port.",
        ),
        (
            500,
            f"{DRIVER}Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
            EngineError,
            "Port 8080 of the host is taken by another program. Stop that one, or publish another port.",
        ),
        (
            400,
            f'{RUNC}exec: "nosuch": executable file not found in $PATH: unknown',
            EngineError,
            "The container's command, nosuch, is not in its image.",
        ),
        (
            500,
            'invalid mount config for type "bind": bind source path does not exist: /srv/x',
            EngineError,
            "The folder /srv/x, which the container mounts, is not on the host.",
        ),
        (
            500,
            "write /var/lib/docker/x: no space left on device",
            EngineError,
            "The engine's disk is full. Free some space on the host.",
        ),
        (
            404,
            "network 8a7b not found",
            EngineError,
            "The network 8a7b of the container is gone. Create the network, or the container anew.",
        ),
        (
            500,
            f"cannot stop container: {ID}: tried to kill container, but did not receive an exit event",
            EngineTimeout,
            "The engine could not end the container in time. Try again, or look at the host's load.",
        ),
        (
            403,
            "<html><body><h1>403 Forbidden</h1></body></html>",
            EngineForbids,
            "The engine, or the proxy in front of it, does not allow POST /containers/web/stop. Allow that call there.",
        ),
        (409, "something new", ContainerConflict, "The container's state does not allow this: Something new."),
        (
            500,
            f"Error response from daemon: container {ID} is odd",
            EngineError,
            "The engine says: Container 81d1ca3aebba is odd.",
        ),
        (500, "", EngineError, "The engine says: nothing about why."),
    ],
)
def test_a_refusal_is_told_in_words_that_say_what_to_do(
    status: int, text: str, kind: type[EngineError], message: str
) -> None:
    error = refusal(status, text, "POST /containers/web/stop")
    assert (type(error), error.message) == (kind, message)


def test_a_long_refusal_is_shortened_to_its_end() -> None:
    error = refusal(500, "a: " * 1000 + "the cause", "POST /containers/web/start")
    assert len(error.message) < 600
    assert error.message.endswith("the cause.")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOENT, "There is no Docker engine at /run/x.sock."),
        (errno.EACCES, "Pilothouse may not open /run/x.sock."),
        (errno.ECONNREFUSED, "Nobody answers at /run/x.sock"),
        (errno.ENETUNREACH, "cannot be reached"),
    ],
)
def test_an_engine_that_cannot_be_reached_says_what_to_do(number: int, says: str) -> None:
    wrapped = RuntimeError("status 900")
    wrapped.__context__ = OSError(number, "text of the system")
    assert says in unreachable("unix:///run/x.sock", wrapped).message
