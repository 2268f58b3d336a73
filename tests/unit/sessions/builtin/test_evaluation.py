"""How good the assistant is, in figures. The floors are what it reached: below them it got worse.

The questions of `questions.json` are those that the rules were made with, each written before the rule that answers it.
`later.json` was written when they were done. At first sight 80 % of it was wholly right, nothing out of domain got an
answer and no action was asked for that was not meant: those are the figures to believe, for what it showed was mended
since. A change that helps one question is measured on all of them.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pytest

from server.protocol.sessions import Intent, SuggestedAction
from server.protocol.views import ContainerView
from server.sessions.builtin.runner import BuiltinRunner
from server.sessions.runbooks.library import Library
from server.sessions.runner import Turn
from tests.fakes import shop
from tests.fakes.run_host import FakeHost
from tests.fakes.services import container_view

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

    @property
    def false(self) -> bool:
        """Nothing here answers the question, and it got something out of a runbook all the same."""
        return self.question.intent == "unknown" and self.given.document is not None


class Floors(msgspec.Struct, frozen=True):
    """The least of all questions, of retrieval, and of each intent and each language."""

    whole: float
    retrieval: float
    intent: float
    language: float


async def answer(question: Question, library: Library, neighbours: Sequence[ContainerView] = ()) -> Answered:
    host = FakeHost([*neighbours, *shop.containers()], library=library, logs=shop.LOGS, metrics=shop.metrics())
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


def questions(file: str) -> list[Question]:
    return msgspec.json.decode((HERE / file).read_bytes(), type=list[Question])


async def answers_to(file: str, library: Library, neighbours: Sequence[ContainerView] = ()) -> list[Answered]:
    return [await answer(question, library, neighbours) for question in questions(file)]


def share(answers: Iterable[Answered]) -> float:
    """How many are wholly right: intent, target, document and suggestion."""
    outcomes = [one.right for one in answers]
    return sum(outcomes) / len(outcomes)


def retrieved(answers: Iterable[Answered]) -> float:
    """Retrieval, top 1: of the questions that a runbook answers."""
    outcomes = [one.given.document == one.question.document for one in answers if one.question.document]
    return sum(outcomes) / len(outcomes)


def rates(answers: Iterable[Answered], by: str) -> dict[str, float]:
    """How many are wholly right, by `intent` or `language`."""
    groups: dict[str, list[Answered]] = defaultdict(list)
    for one in answers:
        groups[getattr(one.question, by)].append(one)
    return {name: share(group) for name, group in groups.items()}


def report(name: str, answers: list[Answered]) -> str:
    lines = [f"\n{name}: {len(answers)} questions, {share(answers):.0%} wholly right"]
    lines.append(f"  retrieval, top 1: {retrieved(answers):.0%}; false answers: {sum(one.false for one in answers)}")
    lines += [f"  {group:9} {rate:4.0%}" for by in ("language", "intent") for group, rate in rates(answers, by).items()]
    lines += [f"  wrong: {one.question} -> {one.given}" for one in answers if not one.right]
    return "\n".join(lines) + "\n"


KNOWN = Floors(whole=0.98, retrieval=0.95, intent=0.92, language=0.98)
LATER = Floors(whole=0.95, retrieval=0.91, intent=0.75, language=0.95)


@pytest.mark.parametrize(("file", "floors"), [("questions.json", KNOWN), ("later.json", LATER)])
async def test_assistant_is_as_good_as_it_was(
    library: Library, capsys: pytest.CaptureFixture[str], file: str, floors: Floors
) -> None:
    answers = await answers_to(file, library)
    with capsys.disabled():
        sys.stdout.write(report(file, answers))
    assert share(answers) >= floors.whole
    assert retrieved(answers) >= floors.retrieval
    assert {name: rate for name, rate in rates(answers, "intent").items() if rate < floors.intent} == {}
    assert {name: rate for name, rate in rates(answers, "language").items() if rate < floors.language} == {}


@pytest.mark.parametrize("file", ["questions.json", "later.json"])
async def test_question_that_nothing_here_answers_gets_nothing_out_of_a_runbook(library: Library, file: str) -> None:
    assert [one for one in await answers_to(file, library) if one.false] == []


@pytest.mark.parametrize("file", ["questions.json", "later.json"])
async def test_nothing_is_asked_for_that_nobody_ordered(library: Library, file: str) -> None:
    asked_for = [one for one in await answers_to(file, library) if one.given.action == "REQUEST_PERMISSION"]
    assert [one for one in asked_for if not one.right] == []


@pytest.mark.parametrize("file", ["questions.json", "later.json"])
async def test_three_hundred_other_containers_change_no_answer(library: Library, file: str) -> None:
    others = [container_view(f"zone{number}-filler-{number}", project=f"zone{number}") for number in range(300)]
    assert await answers_to(file, library, others) == await answers_to(file, library)


def test_half_of_the_questions_are_korean() -> None:
    known = questions("questions.json")
    assert len(known) >= 60
    assert 0.5 <= sum(question.language == "ko" for question in known) / len(known) <= 0.6
