"""The operations on sessions and their runs."""

from __future__ import annotations

from server.access import Permission
from server.protocol.openapi import Answer, Input, Operation
from server.protocol.session_pages import SessionDetail, TranscriptPage
from server.protocol.sessions import (
    CommandBody,
    HandoverBody,
    MessageAccepted,
    NewMessageBody,
    NewSessionBody,
    RunnerList,
    RunView,
    SessionChangeBody,
    SessionList,
    SessionSummary,
)
from server.web.api import sessions
from server.web.api.route import IDEMPOTENCY, Route, queries

_SESSION = Input(name="id", where="path", help="The session's id.", schema={"type": "string"})
_RUN = Input(name="id", where="path", help="The run's id.", schema={"type": "string"})
_ONE = "/api/v1/sessions/{id}"
_SUMMARY = "The session as it is now."
_NO_SESSION = {404: "session_not_found"}


def session_routes() -> tuple[Route, ...]:
    return (*_sessions(), *_talk())


def _sessions() -> tuple[Route, ...]:
    return (
        Route(
            Operation(
                path="/api/v1/runners",
                name="listRunners",
                needs=Permission.VIEW,
                summary="What can answer in a session",
                answers=[Answer(200, "The built-in one, and those that are configured.", RunnerList)],
            ),
            sessions.runners,
        ),
        Route(
            Operation(
                path="/api/v1/sessions",
                name="listSessions",
                needs=Permission.VIEW,
                summary="The sessions of your workspaces, the ones changed last first",
                inputs=queries(sessions.WORKSPACE, sessions.STATE, sessions.CURSOR, sessions.LIMIT),
                answers=[Answer(200, "A page of them.", SessionList)],
                errors={400: "invalid_request"},
            ),
            sessions.sessions,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/sessions",
                name="openSession",
                needs="membership",
                summary="Open a session",
                inputs=[IDEMPOTENCY],
                body=NewSessionBody,
                answers=[Answer(201, "The session.", SessionSummary)],
                errors={400: "runner_unavailable", 404: "workspace_not_found", 409: "workspace_needed, too_many"},
            ),
            sessions.open_one,
        ),
        Route(
            Operation(
                path=_ONE,
                name="readSession",
                needs="membership",
                summary="A session with the newest of its events, and the message that is being written",
                inputs=[_SESSION, *queries(sessions.EVENTS)],
                answers=[Answer(200, "As it is at `as_of_seq`.", SessionDetail)],
                errors=_NO_SESSION,
            ),
            sessions.detail,
        ),
        Route(
            Operation(
                method="PATCH",
                path=_ONE,
                name="renameSession",
                needs="membership",
                summary="Give a session another title",
                inputs=[_SESSION],
                body=SessionChangeBody,
                answers=[Answer(200, _SUMMARY, SessionSummary)],
                errors=_NO_SESSION,
            ),
            sessions.rename,
        ),
        Route(
            Operation(
                method="DELETE",
                path=_ONE,
                name="closeSession",
                needs="membership",
                summary="Close a session: what runs in it is stopped, its transcript stays",
                inputs=[_SESSION],
                answers=[Answer(200, _SUMMARY, SessionSummary)],
                errors=_NO_SESSION,
            ),
            sessions.close,
        ),
        Route(
            Operation(
                path=_ONE + "/events",
                name="listSessionEvents",
                needs="membership",
                summary="Earlier events of a session",
                inputs=[_SESSION, *queries(sessions.BEFORE, sessions.EVENTS)],
                answers=[Answer(200, "Oldest first.", TranscriptPage)],
                errors=_NO_SESSION,
            ),
            sessions.events,
        ),
    )


def _talk() -> tuple[Route, ...]:
    return (
        Route(
            Operation(
                method="POST",
                path=_ONE + "/messages",
                name="postMessage",
                needs="membership",
                summary="Say something; a run answers it",
                inputs=[_SESSION, IDEMPOTENCY],
                body=NewMessageBody,
                answers=[Answer(202, "The message, and the run that answers it.", MessageAccepted)],
                errors={
                    400: "empty_message, invalid_text, message_too_long",
                    404: "session_not_found",
                    409: "session_closed, session_full, id_reused",
                    503: "session_busy",
                },
            ),
            sessions.post,
        ),
        Route(
            Operation(
                method="POST",
                path=_ONE + "/command",
                name="commandSession",
                needs="membership",
                summary="Stop the run that is under way, or answer the last message again",
                inputs=[_SESSION, IDEMPOTENCY],
                body=CommandBody,
                answers=[Answer(200, "The run; a stopped one has ended.", RunView)],
                errors={404: "session_not_found, run_not_found", 409: "nothing_to_resume, session_closed"},
            ),
            sessions.command,
        ),
        Route(
            Operation(
                method="POST",
                path=_ONE + "/handover",
                name="handOver",
                needs="membership",
                summary="Ask for a person, take the session, or give it back to its runner",
                inputs=[_SESSION],
                body=HandoverBody,
                answers=[Answer(200, _SUMMARY, SessionSummary)],
                errors={404: "session_not_found", 409: "session_taken, session_closed"},
            ),
            sessions.handover,
        ),
        Route(
            Operation(
                path="/api/v1/runs/{id}",
                name="getRun",
                needs="membership",
                summary="One run",
                inputs=[_RUN],
                answers=[Answer(200, "As it is now.", RunView)],
                errors={404: "run_not_found"},
            ),
            sessions.run,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/runs/{id}/stop",
                name="stopRun",
                needs="membership",
                summary="Stop a run",
                inputs=[_RUN],
                answers=[Answer(200, "How it ended.", RunView)],
                errors={404: "run_not_found"},
            ),
            sessions.stop_run,
        ),
    )
