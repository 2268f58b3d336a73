"""Whether a person should take a conversation over, why, and what they need to know. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from server.protocol.sessions import Intent
from server.sessions.builtin.intents import normal, read
from server.sessions.builtin.phrases import Language, is_unknown, language_of, say
from server.sessions.runner import Said

FAILURES = 2
"""So many answers in a row that say nothing are enough."""
SAME = 3
"""Who asks the same for the third time was not helped by the first two answers."""
QUOTED = 200

_NOT_HELPED = re.compile(
    r"\b(?:useless|(?:this|that|you) (?:does|do|did)(?: not|n'?t) help|not helpful|"
    r"still (?:not|doesn'?t|isn'?t) work\w*|frustrat\w*|waste of time)\b"
    r"|도움이? ?안|아직도 ?안|여전히 ?안|답답|소용 ?없|쓸모 ?없|짜증"
)


class HandoverAnalysis(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` is a sentence. `summary` says what was asked and answered. `intent`: of the last message of a person."""

    needed: bool
    reason: str
    summary: str
    intent: Intent


def analyze(said: Sequence[Said]) -> HandoverAnalysis:
    """Return whether a person should take over after `said` (oldest first), in the language of its last question."""
    asked = [one.text for one in said if one.speaker == "person"]
    if not asked:
        reason = say("en", "nothing_said")
        return HandoverAnalysis(needed=False, reason=reason, summary=reason, intent="unknown")
    language = language_of(asked[-1])
    intent = read(asked[-1]).intent
    why = _why(said, asked, intent)
    return HandoverAnalysis(
        needed=why is not None,
        reason=say(language, why or "not_needed"),
        summary=_summary(said, asked, language),
        intent=intent,
    )


def failures(said: Sequence[Said]) -> int:
    """How many of the assistant's last answers in a row say that it does not know."""
    answers = [one.text for one in said if one.speaker == "assistant"]
    known = next((at for at, text in enumerate(reversed(answers)) if not is_unknown(text)), None)
    return len(answers) if known is None else known


def _why(said: Sequence[Said], asked: Sequence[str], intent: Intent) -> str | None:
    """The sentence that says why a person is needed."""
    last = normal(asked[-1])
    if intent == "human":
        return "asked_for_person"
    if failures(said) >= FAILURES:
        return "not_understood"
    if _NOT_HELPED.search(last):
        return "not_helped"
    if sum(normal(text) == last for text in asked) >= SAME:
        return "repeated"
    return None


def _summary(said: Sequence[Said], asked: Sequence[str], language: Language) -> str:
    answer = next((one.text for one in reversed(said) if one.speaker == "assistant"), None)
    return say(
        language,
        "summary",
        count=len(asked),
        first=_short(asked[0]),
        last=_short(asked[-1]),
        answer=say(language, "no_answer") if answer is None else _short(answer),
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else line[: QUOTED - 1] + "…"
