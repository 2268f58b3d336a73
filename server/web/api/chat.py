"""`/api/v1/chat/message` and `/api/v1/handover/analyze`: a session for clients of the contact-centre protocol."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from server.errors import AppError
from server.ids import new_id
from server.protocol.chat import ChatAnswer, ChatMessageBody, HandoverAnalyzeBody
from server.protocol.session_events import SessionMessage, SessionStatus
from server.protocol.sessions import TERMINAL, MessageAccepted, RunView
from server.web import answers, requests
from server.web.conversation import answer, follow
from server.web.keys import HUB, SESSIONS, STAYS
from server.web.principal import principal

_MESSAGE = msgspec.json.Decoder(ChatMessageBody)
_ANALYZE = msgspec.json.Decoder(HandoverAnalyzeBody)

ANSWER_S = 300.0
"""A model may take minutes; proxies in front of such clients were set to five."""

_BY_PERSON = ChatAnswer(ai_message="", intent="human", suggested_action="HANDOVER", source_documents=[])


class ChatTimeout(AppError):
    """No answer came in time; it will be in the session."""

    code = "chat_timeout"
    status = 504
    temporary = True


class ChatFailed(AppError):
    """The run that was to answer failed or was stopped."""

    code = "chat_failed"
    status = 502


async def message(request: web.Request) -> web.Response:
    """Say something and answer with what the runner says to it."""
    body = await requests.body(request, _MESSAGE)
    sessions = request.app[SESSIONS]
    session = await sessions.named(principal(request), body.session_id)
    after = request.app[HUB].published
    # Before anything is said: who is told that there is no place sends it again.
    with request.app[STAYS].stay(request):
        # Asked again who that is: the first session of somebody brings them a workspace.
        posted = await sessions.post(principal(request), session.id, body.user_message, command_id=new_id())
        if posted.run is None and sessions.is_taken(session.id):
            return answers.json(_BY_PERSON)
        return answers.json(await _answered(request, session.id, after, posted))


async def analyze(request: web.Request) -> web.Response:
    body = await requests.body(request, _ANALYZE)
    return answers.json(await request.app[SESSIONS].analyze(principal(request), body.session_id))


async def _answered(request: web.Request, session: str, after: int, posted: MessageAccepted) -> ChatAnswer:
    try:
        async with asyncio.timeout(ANSWER_S):
            return await _answer(request, session, after, posted)
    except TimeoutError:
        raise ChatTimeout("The answer takes longer than this request may. It will be in the session.") from None


async def _answer(request: web.Request, session: str, after: int, posted: MessageAccepted) -> ChatAnswer:
    """The last thing that the run said which answers `posted`, as soon as it has ended or waits for a person: who asks
    from outside decides nothing."""
    run = None if posted.run is None else posted.run.id
    said = ChatAnswer(ai_message="", intent="unknown", suggested_action="CONTINUE", source_documents=[])
    async for event in follow(request, session, after):
        if isinstance(event, SessionStatus):
            # While another run is under way, ours is the next one that begins.
            if run is None and event.data.run.state == "queued":
                run = event.data.run.id
            if event.data.run.id == run and event.data.run.state == "waiting":
                return msgspec.structs.replace(said, suggested_action="REQUEST_PERMISSION")
            if event.data.run.id == run and event.data.run.state in TERMINAL:
                _check(event.data.run)
                return said
        elif isinstance(event, SessionMessage) and run is not None and event.data.message.run == run:
            said = answer(event.data.message)
    raise AssertionError("a feed has no end")


def _check(run: RunView) -> None:
    if run.state == "failed":
        raise ChatFailed(run.error or "The run failed. Send the message again.")
    if run.state == "stopped":
        raise ChatFailed(f"{run.stopped_by or 'Somebody'} stopped the answer. Send the message again.")
