"""A session's events as a chat client is shown them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from aiohttp import web

from server.protocol.chat import (
    AnyChatServerMessage,
    ChatAnswer,
    ChatError,
    ChatErrorData,
    ChatProcessing,
    ChatProcessingData,
    ChatResponse,
    ChatStatus,
    ChatStatusData,
)
from server.protocol.session_events import (
    AnySessionEvent,
    SessionChanged,
    SessionError,
    SessionMessage,
    SessionProcessing,
    SessionStatus,
)
from server.protocol.sessions import MessageView, RunView
from server.web.api.feed import Feed

PAGE = 100
# Longer than a client waits for a sign of life; the log wakes the reader at once when there is something.
WAIT_S = 25.0

_decoder: msgspec.json.Decoder[AnySessionEvent] = msgspec.json.Decoder(AnySessionEvent)


async def follow(request: web.Request, session: str, after: int) -> AsyncIterator[AnySessionEvent]:
    """The events of `session` with seq > `after`, as they are published; endless.

    Raises:
        Forbidden: whoever sent `request` may not hear them.
        Gap: `after` is older than the log.
    """
    feed = Feed(request, [f"session:{session}"])
    while True:
        page = await feed.page(after, limit=PAGE, wait_s=WAIT_S)
        after = page.next
        for _, text in page.events:
            yield _decoder.decode(text)


def shown(event: AnySessionEvent) -> AnyChatServerMessage | None:
    """What a chat client is sent for `event`; None for what it does not know of."""
    match event:
        case SessionMessage(data=data) if data.message.speaker == "assistant":
            return ChatResponse(answer(data.message))
        case SessionProcessing(data=data):
            return ChatProcessing(ChatProcessingData(data.stage, data.detail))
        case SessionStatus(data=data):
            return _status(data.run)
        case SessionError(data=data):
            return ChatError(ChatErrorData(data.code, data.message))
        case SessionChanged(data=data) if data.change in ("taken", "released", "closed"):
            return ChatStatus(ChatStatusData(data.change, data.by))
    return None


def answer(message: MessageView) -> ChatAnswer:
    """What a runner said, as the contact centre calls it."""
    return ChatAnswer(
        ai_message=message.text,
        intent=message.intent or "unknown",
        suggested_action=message.suggested_action or "CONTINUE",
        source_documents=message.sources,
    )


def _status(run: RunView) -> ChatStatus | ChatError:
    if run.state == "failed":
        return ChatError(
            ChatErrorData(run.code or "run_failed", run.error or "The run failed. Send the message again.")
        )
    return ChatStatus(ChatStatusData(run.state, run.stopped_by))
