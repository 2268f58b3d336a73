"""Which run answers which messages, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence

from server.clock import Clock, rfc3339
from server.ids import new_id
from server.protocol.sessions import MessageView, RunnerName, RunView
from server.sessions.runner import Said, Turn
from server.sessions.store import Store

HISTORY = 50
"""Earlier messages that a runner is told of."""

_READ = 500


def new_run(message: MessageView, *, session: str, runner: RunnerName, clock: Clock) -> RunView:
    """Return a run that is to answer `message`."""
    now_s = clock.now()
    return RunView(
        id=new_id(now_s),
        session=session,
        runner=runner,
        state="queued",
        message=message.id,
        requested_by=message.by,
        created_at=rfc3339(now_s),
    )


def answered_together(waiting: Sequence[MessageView]) -> list[MessageView]:
    """Return the messages of `waiting` (oldest first) that one run answers: the first ones, of one person. A run acts
    for who wrote what it answers, so that two people's words never become one request."""
    if not waiting:
        return []
    others = (at for at, message in enumerate(waiting) if message.by != waiting[0].by)
    return list(waiting[: next(others, len(waiting))])


async def turn_of(view: RunView, group: Sequence[MessageView], store: Store) -> Turn:
    """Return what the runner of `view` is told: the message that the run names, and those of `group`, after what was
    said before them.

    Raises:
        StorageUnavailable: it cannot be read.
    """
    said = await store.said(view.session, limit=_READ)
    asked = {message.id for message in group} | {view.message}
    # What people wrote since is for the next run.
    end = next((at for at, message in enumerate(said) if message.id == view.message), len(said))
    before = [message for message in said[:end] if message.id not in asked]
    return Turn(
        session=view.session,
        workspace=store.get(view.session).workspace,
        run=view.id,
        by=view.requested_by,
        text="\n\n".join([message.text for message in said if message.id in asked]),
        history=tuple([Said(message.speaker, message.by, message.text) for message in before[-HISTORY:]]),
        continuation=await store.continuation(view.id),
    )
