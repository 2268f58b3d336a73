"""What must hold of every session, whatever happened, read from the log alone and from what runners were told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.protocol.sessions import TERMINAL
from server.sessions.runner import Turn


class Violation(Exception):
    """Something that must never happen did."""


LEGAL = {
    None: {"queued"},
    "queued": {"running", "stopped", "failed"},
    "running": {"waiting", "stopping", "completed", "failed", "stopped"},
    "waiting": {"running", "stopping", "completed", "failed", "stopped"},
    "stopping": {"stopped", "failed"},
}


class Session:
    """The events of one session, in order. A person's message is one unique word."""

    def __init__(self, events: Sequence[dict[str, Any]]) -> None:
        self.said: dict[str, tuple[int, str]] = {}
        self.changes: list[tuple[int, str]] = []
        self.runs: dict[str, tuple[int, str]] = {}
        self.states: dict[str, list[str]] = {}
        self.permissions: dict[str, dict[str, Any]] = {}
        self.answers: list[str] = []
        for event in events:
            self._take(event["seq"], event["type"], event["data"])

    def _take(self, seq: int, type: str, data: dict[str, Any]) -> None:
        if type == "session.message":
            message = data["message"]
            if message["speaker"] == "person":
                self.said[message["id"]] = seq, message["text"]
            else:
                self._still_open(message["run"], "a message")
                self.answers.append(message["text"])
        elif type == "session.changed":
            self.changes.append((seq, data["change"]))
        elif type == "session.status":
            self._status(seq, data["run"])
        elif type in ("session.permission_request", "session.permission_decision"):
            view = data["permission"]
            if type == "session.permission_request":
                self._still_open(view["run"], "a request")
            self.permissions[view["id"]] = view

    def _status(self, seq: int, run: dict[str, Any]) -> None:
        states = self.states.setdefault(run["id"], [])
        before = states[-1] if states else None
        if before in TERMINAL:
            raise Violation(f"a run that was {before} is {run['state']}")
        if run["state"] not in LEGAL[before]:
            raise Violation(f"a run that was {before} is {run['state']}")
        self.runs.setdefault(run["id"], (seq, run["message"]))
        states.append(run["state"])
        under_way = [run_id for run_id, known in self.states.items() if known[-1] not in TERMINAL]
        if len(under_way) > 1:
            raise Violation("two runs of a session are under way")

    def _still_open(self, run: str, what: str) -> None:
        if self.states[run][-1] in TERMINAL:
            raise Violation(f"{what} after the end of its run")

    def check_pending(self) -> None:
        """What must hold whenever nothing moves."""
        for view in self.permissions.values():
            if view["state"] == "pending" and self.states[view["run"]][-1] in TERMINAL:
                raise Violation("a request waits although its run has ended")

    def check_complete(self, turns: Sequence[Turn]) -> None:
        """What must hold in the end, when everything has come to rest."""
        for run, states in self.states.items():
            if states[-1] not in TERMINAL:
                raise Violation(f"run {run} never ends: {states}")
        for seq, text in self.said.values():
            self._check_answered(seq, text, turns)

    def _check_answered(self, seq: int, text: str, turns: Sequence[Turn]) -> None:
        answering = {turn.run for turn in turns if text in turn.text.split()}
        if len(answering) > 1:
            raise Violation(f"{text} is answered by {len(answering)} runs")
        covering = next((run for run, (_, message) in self.runs.items() if self.said[message][0] >= seq), None)
        if covering is None:
            if not self._is_explained(seq):
                raise Violation(f"nobody ever answers {text}")
            return
        told = [turn for turn in turns if turn.run == covering]
        if told and not any(text in told_of(turn) for turn in told) and not self._is_explained(seq):
            raise Violation(f"the run that answers {text} was not told of it")

    def _is_explained(self, seq: int) -> bool:
        """Whether a person answered in the place of runs: a message is theirs if it came before they took the session
        or gave it back."""
        last = [change for at, change in self.changes if at < seq][-1:]
        return last == ["taken"] or any(at > seq for at, _ in self.changes)


def told_of(turn: Turn) -> set[str]:
    words = set(turn.text.split())
    for said in turn.history:
        words.update(said.text.split())
    return words


def sessions_in(events: Sequence[dict[str, Any]]) -> Mapping[str, Session]:
    """Read what a log holds, oldest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        if event["channel"].startswith("session:"):
            found.setdefault(event["channel"], []).append(event)
    return {channel.removeprefix("session:"): Session(its) for channel, its in found.items()}
