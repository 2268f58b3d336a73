"""The one hierarchy of errors that a caller may see.

Every error that crosses a door (REST, socket, command line) is an `AppError`: a stable `code` for programs, an HTTP
`status`, whether trying again can help, and one sentence that tells a person what to do. Anything else is a bug: it is
logged with the request id and shown as `internal`.
"""

from __future__ import annotations

from typing import ClassVar


class AppError(Exception):
    """An expected failure with a stable code. `message` is for people and may change; `code` is for programs."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    temporary: ClassVar[bool] = False
    audited: bool = False
    """Whether whoever raised it has written it into the audit trail."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_s = retry_after_s


class InvalidRequest(AppError):
    """What was sent does not have the shape that was asked for."""

    code = "invalid_request"
    status = 400


class NotFound(AppError):
    code = "not_found"
    status = 404


class Forbidden(AppError):
    code = "forbidden"
    status = 403


class Unauthenticated(AppError):
    """Nobody is known to be asking, or what they showed does not count (any more). Subclasses say why."""

    code = "unauthenticated"
    status = 401


class TokenExpired(Unauthenticated):
    """It was good once: refresh it, or sign in again."""

    code = "token_expired"


class TokenRevoked(Unauthenticated):
    """Signed out, revoked, or its account was disabled."""

    code = "token_revoked"


class InvalidToken(Unauthenticated):
    """It was never one of ours, or somebody changed it."""

    code = "invalid_token"


class RateLimited(AppError):
    """Too much in too short a time; `retry_after_s` says when it works again."""

    code = "rate_limited"
    status = 429
    temporary = True


class ReadOnly(Forbidden):
    """PILOTHOUSE_READ_ONLY=1: nothing is changed here, whoever asks."""

    code = "read_only"


class MisdirectedHost(AppError):
    """The request names a host that this server was not told to answer for (DNS rebinding ends here)."""

    code = "host_not_allowed"
    status = 421


class OriginNotAllowed(AppError):
    """A page of another site tried to open a socket or to change something."""

    code = "origin_not_allowed"
    status = 403


class TooBusy(AppError):
    """A bounded resource is used up; the same request may work later."""

    code = "too_busy"
    status = 503
    temporary = True


class StorageUnavailable(AppError):
    """The database could not take the write: a full disk, a lock held elsewhere, a folder gone read-only."""

    code = "storage_unavailable"
    status = 503
    temporary = True


class StartupError(AppError):
    """The process cannot start as it is configured; the message says what to change."""

    code = "startup"
    status = 500
