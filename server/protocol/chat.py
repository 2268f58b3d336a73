"""The contact-centre protocol: a flat view of one session, for clients that were written for it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from server.protocol.session_events import Stage
from server.protocol.sessions import Intent, RunState, SourceView, SuggestedAction, Text

ChatSessionId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
"""The id of a session of ours, or what another system calls it: then it is made at its first message."""


class ChatMessageBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    session_id: ChatSessionId
    user_message: Text


class ChatAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`ai_message` is empty, and `suggested_action` HANDOVER, where a person answers in this session."""

    ai_message: str
    intent: Intent
    suggested_action: SuggestedAction
    source_documents: list[SourceView]


class HandoverAnalyzeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    session_id: ChatSessionId


class HandoverAnalysis(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a person should take over, why, and what they need to know for it."""

    session_id: str
    handover: bool
    reason: str
    summary: str
    intent: Intent
    suggested_action: SuggestedAction


class ChatMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="message"):
    user_message: Text


class ChatPing(msgspec.Struct, frozen=True, tag_field="type", tag="ping"):
    """In either direction; the other side answers with `pong`."""


class ChatPong(msgspec.Struct, frozen=True, tag_field="type", tag="pong"):
    pass


AnyChatClientMessage = ChatMessage | ChatPing | ChatPong


class ChatProcessingData(msgspec.Struct, frozen=True):
    stage: Stage
    detail: str | None


class ChatProcessing(msgspec.Struct, frozen=True, tag_field="type", tag="processing"):
    data: ChatProcessingData


class ChatStatusData(msgspec.Struct, frozen=True):
    """That of the run, or `taken` and `released` by a person."""

    state: RunState | Literal["taken", "released", "closed"]
    by: str | None = None


class ChatStatus(msgspec.Struct, frozen=True, tag_field="type", tag="status"):
    data: ChatStatusData


class ChatResponse(msgspec.Struct, frozen=True, tag_field="type", tag="response"):
    data: ChatAnswer


class ChatErrorData(msgspec.Struct, frozen=True):
    code: str
    message: str


class ChatError(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    data: ChatErrorData


AnyChatServerMessage = ChatProcessing | ChatStatus | ChatResponse | ChatError | ChatPing | ChatPong
