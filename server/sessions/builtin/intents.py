"""What a message asks for, by rules, in Korean and English. Pure; it knows no container and no runbook."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import msgspec

from server.protocol.sessions import Intent
from server.sessions.builtin import spelling
from server.sessions.builtin.verbs import NEGATED, Verb, verb_in

SmallTalk = Literal["greeting", "thanks", "help"]
LOOKED_AT = 2000
"""Characters of a message that are read for what it asks; a page of logs may follow."""
MAX_TAIL = 200
TAIL = 30


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a message asks for. `how`: for the way to do it, not to have it done. `verb`: of an action. `tail`: lines of
    a log. `errors`: only those that tell of one. `refused`: it says what not to do."""

    intent: Intent = "unknown"
    how: bool = False
    verb: Verb | None = None
    tail: int = TAIL
    errors: bool = False
    refused: bool = False
    small_talk: SmallTalk | None = None


def _rule(english: str, korean: str = "") -> re.Pattern[str]:
    """English patterns meet whole words, Korean ones the text without its spaces, for those are a matter of taste."""
    parts = [rf"\b(?:{english})\b"] if english else []
    return re.compile("|".join([*parts, f"(?:{korean})"] if korean else parts))


_HUMAN = _rule(
    r"(?:talk|speak|chat)(?: to| with)? (?:a |an |the |some |my )?(?:real )?"
    r"(?:human|person|someone|somebody|operator|agent|admin|engineer|people)"
    r"|(?:call|get|fetch|reach|page|connect|transfer|need|want|notify|bring)(?: me| us| to| in| with)* "
    r"(?:a |an |the |some )?(?:real |actual |live )?"
    r"(?:human|person|operator|agent|admin|administrator|engineer|someone|somebody|on-?call)"
    r"(?! (?:log|contain|node|pass|account|user|panel|page|token|right|role))"
    r"|(?:real|actual|live) (?:human|person)|human please|escalate(?: this)?"
    r"|(?:someone|somebody|person|human|team|colleague)\b.{0,30}\btake (?:it |this )?over|hand(?: it| this)? over to",
    r"상담원|상담사|(?:사람|담당자|관리자|운영자|엔지니어|직원|당직자?)(?:이랑|랑|과|와|하고|한테|에게|을|를|으로|로)?(?:직접|좀)?"
    r"(?:얘기|이야기|연결|불러|부르|바꿔|대화|통화|호출|넘겨|상담|말하고)",
)
_HOW = _rule(
    r"how (?:do|can|should|could|would|must|to|does one)|what (?:should|do|can|must) (?:i|we|one) do|procedure"
    r"|runbooks?|step by step"
    r"|(?:steps|instructions|guide|best way|right way|way) (?:to|for|of)|(?:should|must) (?:i|we)"
    r"|(?:can|may) (?:i|we) (?:safely |just )?(?:re-?start|stop|kill|remove|delete|prune|clean|update|change)"
    r"|is it (?:safe|ok|okay) to|what to do",
    r"절차|방법|어떻게(?!돼가|되어가|지내|돌아)|하려면|대처법?|대응법|런북|가이드|매뉴얼|순서|어떡해|해도(?:되|돼|될|됩|괜찮)|해야(?:하|되|돼|할|해)|할까|는법(?![가-힣]{2})",
)
_WHY = _rule(
    r"why|what(?:'?s| is| was| went|s) wrong|diagnos\w*|what happened|root cause|cause|reason|troubleshoot"
    r"|investigate|examine",
    r"왜|원인|이유|진단|무슨일|점검",
)
_TROUBLE = _rule(
    r"crash\w*|keeps? \w+ing|broken|fail\w*|(?:not|isn'?t|doesn'?t|won'?t|can'?t|cannot)"
    r" (?:\w+ )?(?:work\w*|respond\w*|start\w*|run\w*|come|reach\w*|connect\w*|load\w*)"
    r"|die[sd]?|dead|dying|unhealthy|slow|problems?|issues?|trouble|oom|out of memory|down"
    r"|errors?|stuck|hangs?|hanging|weird|strange\w*|odd|misbehav\w*|unreachable",
    r"이상(?:해|한|하|함)|문제|죽(?:었|어(?!라)|은|는|네|음)|죽네|죽음|안(?:돼|되|됩|된|됐|됨|해요|합니다|떠|뜨|켜|열|나와|붙)|먹통|장애|느려|느린|느리|고장|뻗|다운|오류|에러|실패"
    r"|(?:재시작|재기동)(?:이|을)?(?:계속)?(?:돼|되|됨|반복|하네|해요$|한다)|계속(?:재시작|꺼|죽)|크래시|튕|멈췄|꺼졌|꺼져|멈춰있",
)
_LOGS = _rule(r"logs?|logging|logged|tail|stdout|stderr|output", r"로그|출력")
_RESOURCE = _rule(
    r"cpu|memory|ram|swap|disks?|disk space|storage|load|network|traffic|temperatures?|metrics?",
    r"씨피유|메모리|스왑|디스크|저장공간|용량|부하|네트워크|트래픽|온도|메트릭|지표|리소스|자원",
)
_AMOUNT = _rule(
    r"usage|used|using|uses?|free|left|much|many|percent|average|current|currently|now|show|what|how|metrics?|check|available|load|high"
    r"|busy|nearly|almost|how full",
    r"사용|쓰고|쓰는|썼|퍼센트|프로|얼마|남았|남은|남아|몇|현재|지금|확인|보여|알려|어때|어떤|체크|상태|상황|여유|부하|메트릭|지표|높",
)
_STATUS = _rule(
    r"status|state|running|runs|alive|overview|healthy|health|uptime|list|up|ok|okay|"
    r"(?:how|hows|how'?s) .*\b(?:doing|going)|containers",
    r"상태|목록|리스트|실행중|돌아가|돌고|떠있|살아|몇개|현황|괜찮|잘있|정상|잘되|컨테이너들",
)
_ERRORS_ONLY = _rule(r"errors?|warnings?|exceptions?|failures?", r"에러|오류|경고|예외")
_GREETING = re.compile(r"(?:hi|hello|hey|good (?:morning|evening|afternoon)|안녕\w*|반가\w*|하이|헬로)[\s!.,~^]*$")
_THANKS = re.compile(
    r"(?:thanks?|thank you|thx|ty|great|cool|perfect|ok|okay|nice|good|fine|bye|goodbye)"
    r"(?:,? (?:you|so|very|much|a lot|all|good|nice|great|job|work|again|bye|thanks?))*[\s!.~^]*$"
    r"|(?:정말 |너무 )?(?:고마[가-힣]*|감사(?:합니다|해요|해|드려요|드립니다)?|땡큐|수고[가-힣]*"
    r"|좋아요?|네+|예|응+|오케이|알겠[가-힣]*)[\s!.,~^]*$"
)
_HELP = _rule(
    r"what can you do|who are you|what are you|^(?:please )?help(?: me)?(?: please)?$|what do you (?:know|do)",
    r"(?:뭐|무엇|뭘|무엇을)(?:를)?할수있|누구(?:야|세요|니)|^(?:도움말|좀?도와(?:줘|주세요)|사용법)$|기능(?:이)?(?:뭐|알려)",
)
_TAIL = re.compile(r"\b(\d{1,4}) ?(?:lines?|rows?|줄|라인|행|개)|(?:last|tail|최근|마지막)(?: -n)? ?(\d{1,4})")


def read(text: str) -> Asked:
    """Return what `text` asks for. The order is that of what a mistake would cost: nobody wants an action for a why."""
    plain = normal(text)
    tight = re.sub(r"\s+", "", plain)

    def says(rule: re.Pattern[str]) -> bool:
        return rule.search(plain) is not None or rule.search(tight) is not None

    if says(_HUMAN):
        return Asked(intent="human")
    if talk := _small_talk(plain, wants_help=says(_HELP)):
        return Asked(small_talk=talk)
    refused = NEGATED.search(plain) is not None
    how = says(_HOW)
    verb = None if refused or how else verb_in(plain)
    errors = says(_ERRORS_ONLY)
    if says(_WHY):
        intent: Intent = "diagnose"
    elif says(_LOGS) and not how:
        intent = "logs"
    elif verb is not None:
        intent = "action"
    elif says(_RESOURCE) and (says(_AMOUNT) or len(plain.split()) <= 2) and not how:
        intent = "metrics"
    elif says(_TROUBLE):
        intent = "diagnose"
    else:
        intent = "status" if says(_STATUS) and not how else "unknown"
    verb = verb if intent == "action" else None
    return Asked(intent=intent, how=how, verb=verb, tail=_lines(plain), errors=errors, refused=refused)


def normal(text: str) -> str:
    """Return `text` in small letters, composed, on one line, with the usual words spelt right."""
    line = " ".join(unicodedata.normalize("NFC", text[:LOOKED_AT]).lower().replace("’", "'").split())
    return spelling.corrected(line)


def _small_talk(plain: str, *, wants_help: bool) -> SmallTalk | None:
    if wants_help:
        return "help"
    if _GREETING.match(plain):
        return "greeting"
    return "thanks" if _THANKS.match(plain) else None


def _lines(plain: str) -> int:
    if match := _TAIL.search(plain):
        return max(1, min(int(match[1] or match[2]), MAX_TAIL))
    return TAIL
