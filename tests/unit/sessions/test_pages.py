"""Looking at sessions: lists, one of them, and its transcript."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.access import LOCAL
from server.errors import InvalidRequest
from server.protocol.session_pages import SessionDetail, TranscriptPage
from server.protocol.sessions import DeltaData, NewSessionBody, RunnerView, SessionSummary
from server.sessions.service import Sessions
from tests.fakes.conducting import FakeConductor
from tests.fakes.log import HandledLog
from tests.fakes.sink import Sink
from tests.unit.sessions.conftest import IN_W1, People


async def test_the_runners_are_told_with_the_default_among_them(sessions: Sessions, people: People) -> None:
    assert sessions.runners(people("vic")).runners == [
        RunnerView(name="builtin", label="built-in (rules)", default=True),
        RunnerView(name="llm", label="a model", default=False),
    ]


async def test_sessions_are_listed_by_their_last_change_in_pages(
    sessions: Sessions, people: People, published: list[int]
) -> None:
    ann = people("ann")
    opened = [(await sessions.open(ann, IN_W1, command_id=f"c{n}")).id for n in range(5)]
    await sessions.rename(ann, opened[0], "changed last")
    await sessions.open(people("eve"), NewSessionBody(), command_id="c1")
    first = sessions.list(ann, workspace=None, state=None, before=None, limit=3)
    second = sessions.list(ann, workspace=None, state=None, before=first.next, limit=3)
    assert [one.id for one in first.sessions + second.sessions] == [opened[n] for n in (0, 4, 3, 2, 1)]
    assert (second.next, first.as_of_seq) == (None, published[0])


async def test_sessions_are_listed_by_workspace_and_state(sessions: Sessions, people: People) -> None:
    ann, eve = people("ann"), people("eve")
    here = await sessions.open(ann, IN_W1, command_id="c1")
    there = await sessions.open(eve, NewSessionBody(), command_id="c1")
    await sessions.close(eve, there.id)

    def found(**narrower: Any) -> list[str]:
        wanted = {"workspace": None, "state": None, "before": None, "limit": 10} | narrower
        return [one.id for one in sessions.list(LOCAL, **wanted).sessions]

    assert found() == [there.id, here.id]
    assert found(workspace="w1") == found(state="open") == [here.id]
    assert found(state="closed") == found(workspace="w2") == [there.id]
    assert found(workspace="w1", state="closed") == []


@pytest.mark.parametrize("wrong", [{"before": "yesterday"}, {"before": "9" * 20}, {"limit": 0}, {"limit": 101}])
async def test_a_page_that_cannot_be_is_refused(sessions: Sessions, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        sessions.list(LOCAL, **{"workspace": None, "state": None, "before": None, "limit": 10} | wrong)


async def test_a_session_is_shown_with_its_newest_events_as_they_were_sent(
    sessions: Sessions, conductor: FakeConductor, session: SessionSummary, people: People, log: HandledLog
) -> None:
    sink, ann = Sink(log), people("ann")
    accepted = await sessions.post(ann, session.id, "why?", command_id="c1")
    assert accepted.run is not None
    delta = DeltaData(session=session.id, run=accepted.run.id, message="m2", text="Beca", as_of_seq=3)
    conductor.deltas[session.id] = delta
    text = await sessions.detail(ann, session.id, limit=2)
    detail = msgspec.json.decode(text, type=SessionDetail)
    assert [event.seq for event in detail.events] == [3, 4]
    assert sink.events[0].text in text
    assert (detail.session.run, detail.delta, detail.before) == (accepted.run, delta, 3)
    page = msgspec.json.decode(await sessions.page(ann, session.id, before=3, limit=2), type=TranscriptPage)
    assert ([event.seq for event in page.events], page.before) == ([1], None)
