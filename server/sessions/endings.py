"""How a run can end."""

from __future__ import annotations

import msgspec

from server.errors import AppError
from server.protocol.sessions import RunState
from server.sessions.runner import RunFailed


class RunOver(RunFailed):
    """A runner goes on after its run has ended; nothing of that counts."""

    code = "run_over"
    status = 409


class StopIncomplete(RunFailed):
    """The run was stopped, and something of it is still there; the message names it."""

    code = "stop_incomplete"
    status = 409


class ServerRestarted(RunFailed):
    """The server was restarted while the run was under way, and it could not go on."""

    code = "server_restarted"
    status = 409
    temporary = True


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is final. `code` and `error` say why it failed, and whether that was `temporary`."""

    state: RunState
    code: str | None = None
    error: str | None = None
    temporary: bool = False


COMPLETED = Ending(state="completed")
STOPPED = Ending(state="stopped")


def failed(error: AppError, *, left: list[str] | None = None) -> Ending:
    """The run failed of `error`; `left` is what is still there of it."""
    return Ending(
        state="failed",
        code=error.code,
        error=error.message + _naming(left or []),
        temporary=error.temporary,
    )


def stopped(left: list[str]) -> Ending:
    """The run was stopped, and `left` is still there of it."""
    return failed(StopIncomplete("It was stopped, but not all of it has ended."), left=left) if left else STOPPED


def with_left(ending: Ending, left: list[str]) -> Ending:
    """Return `ending` as it is when `left` is still there of the run."""
    if ending.state == "stopped":
        return stopped(left)
    return msgspec.structs.replace(ending, error=(ending.error or "") + _naming(left)) if left else ending


def _naming(left: list[str]) -> str:
    return f" Still there: {', '.join(left)}." if left else ""
