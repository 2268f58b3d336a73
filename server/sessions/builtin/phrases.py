"""What the assistant says, in English and in Korean. Pure.

Names stand before a Korean noun, so that no particle hangs on them.
"""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["en", "ko"]

SENTENCES: dict[str, tuple[str, str]] = {
    "greeting": (
        "Hello. Ask me about the containers and the host, or what your runbooks say.",
        "안녕하세요. 컨테이너와 호스트의 상태, 런북 내용을 물어보세요.",
    ),
    "thanks": ("You are welcome.", "도움이 되었다니 다행입니다."),
    "help": (
        (
            "I work by rules and know what is live here:\n\n"
            "- *status* and *host metrics*: `what is running?`, `how much memory is left?`\n"
            "- *logs*: `last 50 lines of web`\n"
            "- *diagnosis*: `why did web die?`\n"
            "- *actions*, once a person allows them: `restart web`\n"
            "- *runbooks* ({runbooks}): `how do I free disk space?`\n"
            "- a person: `I want to talk to somebody`"
        ),
        (
            "저는 규칙으로 답하며, 지금 이 호스트의 상태를 압니다.\n\n"
            "- *상태*와 *호스트 지표*: `뭐가 돌아가고 있어?`, `메모리 얼마나 남았어?`\n"
            "- *로그*: `web 로그 50줄`\n"
            "- *진단*: `web이 왜 죽었어?`\n"
            "- *작업* (사람이 승인하면): `web 재시작해줘`\n"
            "- *런북* ({runbooks}건): `디스크가 가득 찼을 때 절차`\n"
            "- 사람: `담당자 연결해줘`"
        ),
    ),
    "unknown": (
        "I do not know that. I can tell you about the containers, the host and what your runbooks say.",
        "잘 모르겠습니다. 저는 컨테이너, 호스트, 런북 내용에 대해서만 답할 수 있습니다.",
    ),
    "nearest": (
        "The nearest in the runbooks is *{section}* ({document}), but I am not sure that it is meant.",
        "런북에서 가장 가까운 내용은 *{section}* ({document})이지만, 찾으시는 것인지 확실하지 않습니다.",
    ),
    "say_help": ("Say `help` to see what I understand.", "`도움말`이라고 하면 할 수 있는 일을 보여 드립니다."),
    "handed_over": (
        "I have asked for a person. They see this conversation and can take it over.",
        "담당자를 호출했습니다. 담당자는 이 대화를 보고 이어받을 수 있습니다.",
    ),
    "asked_for_person": ("A person was asked for.", "사람과의 대화를 요청했습니다."),
    "not_understood": (
        "The assistant did not know the answer twice in a row.",
        "어시스턴트가 두 번 연속으로 답하지 못했습니다.",
    ),
    "repeated": ("The same was asked again and again.", "같은 질문이 되풀이되었습니다."),
    "not_helped": (
        "The person says that it did not help.",
        "도움이 되지 않았다고 합니다.",
    ),
    "not_needed": ("Nothing says that a person is needed.", "사람이 필요하다는 징후가 없습니다."),
    "nothing_said": ("Nothing was said yet.", "아직 대화가 없습니다."),
    "summary": (
        "{count} messages of people. First: “{first}” Last: “{last}” The assistant's last answer: “{answer}”",
        "사람이 쓴 메시지 {count}건. 처음: “{first}” 마지막: “{last}” 어시스턴트의 마지막 답: “{answer}”",
    ),
    "no_answer": ("none", "없음"),
    "tool_failed": ("I could not look: {reason}", "확인하지 못했습니다: {reason}"),
    "no_tool": ("I am not allowed to do that here.", "여기서는 그 작업을 할 수 없습니다."),
    "no_containers": ("I see no container.", "보이는 컨테이너가 없습니다."),
    "overview": (
        "{running} of {total} containers are running{besides}.",
        "컨테이너 {total}개 중 {running}개가 실행 중입니다{besides}.",
    ),
    "attention": ("Need attention:", "확인이 필요한 컨테이너:"),
    "all_well": ("None of the containers needs attention.", "확인이 필요한 컨테이너는 없습니다."),
    "count_unhealthy": ("{count} unhealthy", "비정상 {count}"),
    "count_restarting": ("{count} restarting", "재시작 중 {count}"),
    "count_paused": ("{count} paused", "일시 정지 {count}"),
    "count_failed": ("{count} failed", "실패 {count}"),
    "count_done": ("{count} done", "완료 {count}"),
    "not_named": (
        "The other {count} need no attention. Ask for one by its name or a part of it.",
        "나머지 {count}개는 확인이 필요하지 않습니다. 이름이나 그 일부로 물어보시면 찾아 드립니다.",
    ),
    "more": ("- and {count} more", "- 그 밖에 {count}개"),
    "host": ("Host now", "현재 호스트"),
    "host_only": (
        "I know the figures of the whole host, not those of one container.",
        "컨테이너별 수치는 없고, 호스트 전체의 수치만 압니다.",
    ),
    "no_metrics": ("There are no figures of the host yet.", "아직 호스트의 수치가 없습니다."),
    "cpu": ("CPU {percent}", "CPU {percent}"),
    "load": ("load {load}", "부하 {load}"),
    "memory": ("memory {percent} used, {free} of {total} left", "메모리 {percent} 사용, 전체 {total} 중 {free} 남음"),
    "swap": ("swap {percent} used", "스왑 {percent} 사용"),
    "disk": (
        "disk `{mount}` {percent} used, {free} of {total} left",
        "디스크 `{mount}` {percent} 사용, 전체 {total} 중 {free} 남음",
    ),
    "high": (" — **high**", " — **높음**"),
    "logs": ("Last {count} log lines of `{name}`:", "`{name}` 컨테이너의 마지막 로그 {count}줄:"),
    "no_logs": ("`{name}` has written nothing.", "`{name}` 컨테이너의 로그가 없습니다."),
    "no_errors": (
        "None of the last {count} log lines of `{name}` speaks of an error.",
        "`{name}` 컨테이너의 마지막 로그 {count}줄에 오류가 없습니다.",
    ),
    "which": ("Which container do you mean?", "어느 컨테이너를 말씀하시나요?"),
    "several": ("That fits several containers. Which one do you mean?", "여러 컨테이너가 해당됩니다. 어느 것인가요?"),
    "no_such": ("No container here is called like that. There are:", "그런 이름의 컨테이너는 없습니다. 있는 컨테이너:"),
    "look_closer": (
        "These need attention. Which one shall I look at?",
        "다음 컨테이너를 확인해야 합니다. 어느 것을 살펴볼까요?",
    ),
    "how_unknown": (
        "The runbooks say nothing about that. If you want it done, say so: `restart web`.",
        "런북에 그 내용이 없습니다. 작업을 원하시면 `web 재시작해줘`처럼 말씀해 주세요.",
    ),
    "left_alone": ("Good, I leave it as it is.", "네, 그대로 두겠습니다."),
    "start_asks": ("I want to **start** `{name}`.", "`{name}` 컨테이너를 **시작**하려고 합니다."),
    "stop_asks": ("I want to **stop** `{name}`.", "`{name}` 컨테이너를 **중지**하려고 합니다."),
    "restart_asks": ("I want to **restart** `{name}`.", "`{name}` 컨테이너를 **재시작**하려고 합니다."),
    "pause_asks": ("I want to **pause** `{name}`.", "`{name}` 컨테이너를 **일시 정지**하려고 합니다."),
    "unpause_asks": ("I want to let `{name}` **go on**.", "`{name}` 컨테이너의 일시 정지를 **해제**하려고 합니다."),
    "kill_asks": ("I want to **kill** `{name}`.", "`{name}` 컨테이너를 **강제 종료**하려고 합니다."),
    "remove_asks": ("I want to **remove** `{name}`.", "`{name}` 컨테이너를 **삭제**하려고 합니다."),
    "needs_permission": ("A person has to allow it.", "사람의 승인이 필요합니다."),
    "kill_warns": (
        "**Warning:** it ends at once and cannot save what it has not written yet.",
        "**주의:** 즉시 종료되며, 아직 기록하지 않은 내용은 사라집니다.",
    ),
    "remove_warns": (
        "**Warning:** what it wrote outside its volumes is gone for good.",
        "**주의:** 볼륨 밖에 기록된 내용은 되돌릴 수 없이 사라집니다.",
    ),
    "start_done": ("`{name}` was started.", "`{name}` 컨테이너를 시작했습니다."),
    "stop_done": ("`{name}` was stopped.", "`{name}` 컨테이너를 중지했습니다."),
    "restart_done": ("`{name}` was restarted.", "`{name}` 컨테이너를 재시작했습니다."),
    "pause_done": ("`{name}` is paused.", "`{name}` 컨테이너를 일시 정지했습니다."),
    "unpause_done": ("`{name}` goes on.", "`{name}` 컨테이너의 일시 정지를 해제했습니다."),
    "kill_done": ("`{name}` was killed.", "`{name}` 컨테이너를 강제 종료했습니다."),
    "remove_done": ("`{name}` was removed.", "`{name}` 컨테이너를 삭제했습니다."),
    "not_over": (
        "It has begun, but `{name}` is not there yet. Look at its state in a moment.",
        "시작했지만 `{name}` 컨테이너의 작업이 아직 끝나지 않았습니다. 잠시 뒤 상태를 확인하세요.",
    ),
    "not_done": ("Not done: {reason}", "실행하지 않았습니다: {reason}"),
    "already": ("Nothing to do: `{name}` is {state}.", "할 일이 없습니다. `{name}` 컨테이너의 상태: {state}."),
    "stop_first": (
        "`{name}` is still {state}. Stop it first, then it can be removed.",
        "`{name}` 컨테이너가 아직 {state} 상태입니다. 먼저 중지해야 삭제할 수 있습니다.",
    ),
    "observed": ("Observed", "관찰한 것"),
    "runbook": ("Runbook", "런북"),
    "next": ("Next", "다음"),
    "last_lines": ("Its last log lines:", "마지막 로그:"),
    "no_runbook": ("The runbooks say nothing about that.", "이에 대한 런북이 없습니다."),
    "may_start": (
        "`start {name}` starts it again, once a person allows it.",
        "`{name} 시작해줘`라고 하시면 승인을 받아 다시 시작합니다.",
    ),
    "may_restart": (
        "`restart {name}` restarts it, once a person allows it.",
        "`{name} 재시작해줘`라고 하시면 승인을 받아 재시작합니다.",
    ),
    "state_line": ("`{name}`: {state}", "`{name}`: {state}"),
    "see_also": ("See also:", "함께 볼 것:"),
}

_HANGUL = re.compile(r"[가-힣]")


def language_of(text: str) -> Language:
    """Korean if anything in it is: names and commands are English in a Korean sentence too."""
    return "ko" if _HANGUL.search(text) else "en"


def say(language: Language, key: str, **values: object) -> str:
    return SENTENCES[key][0 if language == "en" else 1].format(**values)


def is_unknown(text: str) -> bool:
    """Whether `text` is an answer that says that the assistant does not know."""
    return text.startswith(SENTENCES["unknown"])
