"""What can be wrong with what somebody asks of a session."""

from __future__ import annotations

from server.errors import AppError, InvalidRequest, NotFound, TooBusy


class SessionNotFound(NotFound):
    """There is no such session, or the one who asks is a stranger to its workspace: they must not learn which."""

    code = "session_not_found"


class RunNotFound(NotFound):
    """There is no such run, or not for the one who asks."""

    code = "run_not_found"


class PermissionNotFound(NotFound):
    """There is no such permission, or not for the one who asks."""

    code = "permission_not_found"


class SessionClosed(AppError):
    """Nothing more is said in a session that was closed."""

    code = "session_closed"
    status = 409


class SessionBusy(AppError):
    """Too many messages of the session wait for an answer, or it does not come to rest to be closed."""

    code = "session_busy"
    status = 409
    temporary = True


class SessionFull(AppError):
    """The session holds as many events as one may hold."""

    code = "session_full"
    status = 409


class SessionTaken(AppError):
    """A person answers in the session; the message names them."""

    code = "session_taken"
    status = 409


class TooManySessions(TooBusy):
    """As many sessions are open as the server keeps."""

    code = "too_many_sessions"


class TooManyPermissions(TooBusy):
    """As many permissions wait for a decision as the server keeps."""

    code = "too_many_permissions"


class EmptyMessage(InvalidRequest):
    """There is nothing in the message but white space."""

    code = "empty_message"


class MessageTooLong(InvalidRequest):
    """The message holds more than a message may."""

    code = "message_too_long"


class InvalidText(InvalidRequest):
    """The text holds what no text does: control characters, half a character."""

    code = "invalid_text"


class NothingToResume(AppError):
    """The last run is under way or was completed, or there was none."""

    code = "nothing_to_resume"
    status = 409


class NothingToStop(AppError):
    """The session never had a run."""

    code = "nothing_to_stop"
    status = 409


class RunnerUnavailable(AppError):
    """The server is not configured to have this runner."""

    code = "runner_unavailable"
    status = 409


class WorkspaceNeeded(AppError):
    """The one who asks takes part in no workspace and may not make one."""

    code = "workspace_needed"
    status = 409


def session_not_found() -> SessionNotFound:
    """What is said of a session that is not there, or not there for who asks."""
    return SessionNotFound("There is no such session, or you do not belong to its workspace.")


def run_not_found() -> RunNotFound:
    """What is said of a run that is not there, or not there for who asks."""
    return RunNotFound("There is no such run, or you do not belong to its workspace.")


def permission_not_found() -> PermissionNotFound:
    """What is said of a permission that is not there, or not there for who asks."""
    return PermissionNotFound("There is no such permission, or you do not belong to its workspace.")
