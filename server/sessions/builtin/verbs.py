"""Words that ask for a container to be acted on, and how they differ from words that tell of it. Pure."""

from __future__ import annotations

import re
from typing import Literal

Verb = Literal["start", "stop", "restart", "pause", "unpause", "kill", "remove"]
DESTRUCTIVE: frozenset[Verb] = frozenset({"kill", "remove"})

# The first that is found counts: `unpause` and `다시 시작` hold what stands further down.
_ENGLISH: tuple[tuple[Verb, str], ...] = (
    ("restart", r"restart|reboot|bounce|re-start|start again|stop and start"),
    ("unpause", r"unpause|un-pause|resume|continue running"),
    ("pause", r"pause|paus|suspend|freeze"),
    ("kill", r"kill|sigkill|force stop"),
    ("remove", r"remove|remov|delete|delet|rm|get rid of|destroy"),
    ("stop", r"stop|shut ?down|turn off|halt|take down"),
    ("start", r"start|start up|bring up|boot|turn on|launch|bring back"),
)
_KOREAN: tuple[tuple[Verb, str], ...] = (
    (
        "restart",
        r"재시작|재기동|재부팅|재가동|리스타트|리부트|다시(?:시작|켜|띄|올려|실행|돌려)|(?:껐|끄고|내렸)다?가?(?:다시)?(?:켜|올려)",
    ),
    ("unpause", r"일시(?:정지|중지)(?:를|을)?(?:해제|풀어|취소)|재개"),
    ("pause", r"일시(?:정지|중지)|잠깐(?:멈|정지|중지)|잠시(?:멈|정지|중지)"),
    ("kill", r"강제(?:로)?(?:종료|중지)|죽여|킬(?=해|좀|$)"),
    ("remove", r"삭제|제거|지워|없애|날려"),
    ("stop", r"중지|정지|멈춰(?!있)|종료|꺼(?=줘|라|주|봐|$|[.!?~])|내려(?=줘|주|라|봐|$|[.!?~])|중단|스톱|스탑"),
    (
        "start",
        r"시작|켜(?!져|진|졌)|띄워|올려|기동|가동|실행(?=해|시켜|부탁|좀|$)|살려(?=줘|주|봐|라)|돌려(?=줘|주|봐|라)|스타트",
    ),
)
# Behind a noun of action these tell of what was, is or may be; nobody asks for anything.
_TELLS = (
    r"(?:(?:이|가|을|를|은|는|도)?(?:됐|되었|되나|되는|되고|되네|되지|되면|돼|된|될|됨|했(?!으면)|하나요|하네|한건|한거|한적|한게|하는|하던|횟수|이력|기록|"
    r"시점|시각|시간|중(?!지)|때문|전에|후에|이후|반복|여부|상태|코드|원인|이유))"
)
_ENGLISH_TELLS = re.compile(
    r"^(?:did|does|do (?!me)|has|have|had|was|were|is|are|am|when|who|which|what|where|how|any)\b"
    r"|\b(?:after|since|before|until|was|has been|had to|without|"
    r"did|to be|number of|count of|last|the|a|an|no|every|each|on) (?:re-?start|start|stop|kill|pause|reboot)\b"
)
# `Would you mind restarting it?` asks for it, `it keeps restarting` does not.
_POLITE = re.compile(
    r"\b(?:mind|try|consider) (restart|start|stop|paus(?=ing)|kill|remov(?=ing)|delet(?=ing))(?:p?ing)\b"
)
NEGATED = re.compile(
    r"\b(?:don'?t|do not|never|not to|please not|no need to|without)\b"
    r"(?: \w+)? (?:re-?start|start|stop|kill|remove|delete|pause|touch|do)"
    r"|하지 ?(?:마|말)|지 ?(?:마|말)(?:세요|아|라|고|고요|$|[.!?])|안 ?해도|필요 ?없"
)


def verb_in(plain: str) -> Verb | None:
    """Return what `plain`, a text in small letters, asks to be done; None if it only tells of it or asks about it."""
    tight = re.sub(r"\s+", "", plain)
    for verb, korean in _KOREAN:
        if re.search(rf"(?:{korean})(?!{_TELLS})", tight) is not None:
            return verb
        if re.search(korean, tight) is not None:
            return None
    plain = _POLITE.sub(r"\1", plain)
    if _ENGLISH_TELLS.search(plain):
        return None
    return next((verb for verb, english in _ENGLISH if re.search(rf"\b(?:{english})(?![\w-])", plain)), None)
