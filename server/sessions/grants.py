"""What a permission is bound to: the very tool and arguments, by their hash, in one call of one run. Pure."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import msgspec

from server.protocol.sessions import PermissionView, RunView
from server.sessions.runner import GrantInvalid, ToolCall
from server.sessions.tools.errors import InvalidArguments

MAX_ARGUMENTS_B = 64 * 1024
"""Of one call, as canonical JSON: a person has to be able to read it, and an event to hold it twice."""

MAX_DEPTH = 32

_encoder = msgspec.json.Encoder(order="sorted")


def canonical(tool: str, arguments: dict[str, Any]) -> bytes:
    """Return a call as JSON that is the same for the same call alone: names in order, no white space, UTF-8. 1, 1.0,
    true and "1" stay different, and so does text that only looks the same.

    Raises:
        InvalidArguments: what is no JSON has no such form (an infinity would pass for a null); or it is too large.
    """
    _check(arguments)
    try:
        text = _encoder.encode([tool, arguments])
    except UnicodeEncodeError as error:
        # Half a surrogate pair: no text that could be stored or shown.
        raise InvalidArguments("The arguments hold text that is none.") from error
    if len(text) > MAX_ARGUMENTS_B:
        raise InvalidArguments(f"The arguments are {len(text)} bytes of JSON: at most {MAX_ARGUMENTS_B} are taken.")
    return text


def digest(tool: str, arguments: dict[str, Any]) -> str:
    """Return the SHA-256 of a call's canonical form, in hexadecimal.

    Raises:
        InvalidArguments: as `canonical`.
    """
    return hashlib.sha256(canonical(tool, arguments)).hexdigest()


def check_same(permission: PermissionView, call: ToolCall, container_id: str | None) -> None:
    """Do nothing if `call`, on the container that is there now, is what `permission` was asked for.

    Raises:
        GrantInvalid: it is another call, or the container was replaced.
    """
    if call.id != permission.call.id:
        raise GrantInvalid("The permission is for another call. Ask for this one.")
    if call.tool != permission.call.tool or digest(call.tool, call.arguments) != permission.sha256:
        raise GrantInvalid("The arguments are not the ones that were asked for: nothing was done. Ask again.")
    if container_id != permission.container_id:
        name = permission.container_name or "the container"
        raise GrantInvalid(f"{name} is not the container that it was when this was asked for: nothing was done.")


def check_run(permission: PermissionView, run: RunView) -> None:
    """Do nothing if `permission` belongs to `run`.

    Raises:
        GrantInvalid: another run, maybe of another session, asked for it.
    """
    if (permission.session, permission.run) != (run.session, run.id):
        raise GrantInvalid("The permission is for another run. Ask for this call.")


def check_allowed(permission: PermissionView) -> None:
    """Do nothing if `permission` was given.

    Raises:
        GrantInvalid: it waits for a decision, or was not allowed.
    """
    if permission.state != "allowed":
        raise GrantInvalid(f"The permission is {permission.state}, not allowed: nothing was done.")


def _check(arguments: object) -> None:
    """Raise InvalidArguments for what is no JSON, or is too much to walk through."""
    if not isinstance(arguments, dict):
        raise InvalidArguments("The arguments are one JSON object.")
    # Not by recursion: who wrote them chooses how deep they are.
    left: list[tuple[object, int]] = [(arguments, 1)]
    seen_b = 0
    while left:
        value, depth = left.pop()
        if depth > MAX_DEPTH:
            raise InvalidArguments(f"The arguments are nested deeper than {MAX_DEPTH} levels.")
        # At least what it takes as JSON: a bound before megabytes are walked through or encoded.
        seen_b += len(value) + 2 if isinstance(value, str) else 1
        if isinstance(value, dict):
            if not all(isinstance(name, str) for name in value):
                raise InvalidArguments("The arguments are JSON: names are text.")
            seen_b += sum(map(len, value))
            left += ((item, depth + 1) for item in value.values())
        elif isinstance(value, list):
            left += ((item, depth + 1) for item in value)
        elif isinstance(value, float | int):
            # More than 64 bits would come back from the log as another number.
            fits = math.isfinite(value) if isinstance(value, float) else -(2**63) <= value < 2**64
            if not fits:
                raise InvalidArguments("The arguments hold a number that JSON cannot carry.")
        elif value is not None and not isinstance(value, str):
            raise InvalidArguments(f"The arguments are JSON: {type(value).__name__} is none.")
        if seen_b + len(left) > 2 * MAX_ARGUMENTS_B:
            raise InvalidArguments(f"The arguments are too large: at most {MAX_ARGUMENTS_B} bytes of JSON are taken.")
