"""What is conspicuous about a container: its exit code, memory, health, restarts and last log lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from server.sessions.builtin.observed import Container, Details
from server.sessions.builtin.phrases import Language

MANY_RESTARTS = 3
_DATABASE = re.compile(
    r"postgres|mysql|mariadb|mongo|redis|database|\bdb\b|clickhouse|cassandra|elastic", re.IGNORECASE
)


class Finding(msgspec.Struct, frozen=True):
    """One thing that was seen, the weightiest first. `query` finds what the runbooks say about it."""

    code: str
    text: str
    query: str


# What it says and what to look up, in English and in Korean.
_KNOWN: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "oom": (
        (
            "the kernel killed it: it reached its memory limit (out of memory)",
            "메모리 제한에 도달해 커널이 강제 종료했습니다(OOM)",
        ),
        ("container killed out of memory OOM", "컨테이너 메모리 부족 OOM"),
    ),
    "engine_error": (
        ("the engine could not start it: {detail}", "엔진이 시작하지 못했습니다: {detail}"),
        ("{detail}", "{detail}"),
    ),
    "exit_killed": (
        (
            "exit code 137: it was killed (SIGKILL), not for memory as far as the engine knows",
            "종료 코드 137: 강제 종료(SIGKILL)되었고, 엔진이 아는 한 메모리 때문은 아닙니다",
        ),
        ("container killed exit code 137", "컨테이너 강제 종료 종료 코드 137"),
    ),
    "exit_crash": (
        (
            "exit code {detail}: the program crashed (segmentation fault or abort)",
            "종료 코드 {detail}: 프로그램이 비정상 종료했습니다(세그멘테이션 오류 또는 abort)",
        ),
        ("segmentation fault exit code 139 crash", "컨테이너 크래시 종료 코드 139"),
    ),
    "exit_command": (
        (
            "exit code {detail}: its command cannot be run or is not in the image",
            "종료 코드 {detail}: 명령을 실행할 수 없거나 이미지에 없습니다",
        ),
        ("command cannot be run exit code 127", "명령 실행 종료 코드 127"),
    ),
    "exit_told": (
        ("exit code 143: it was told to stop and did", "종료 코드 143: 중지 요청을 받고 종료했습니다"),
        ("told to stop exit code 143", "종료 코드 143"),
    ),
    "exit_failed": (
        (
            "exit code {detail}: the program gave up by itself",
            "종료 코드 {detail}: 프로그램이 스스로 실패하고 종료했습니다",
        ),
        ("service crashes exit code keeps restarting", "컨테이너 계속 죽을 때 종료 코드"),
    ),
    "exit_done": (
        ("it ended by itself, without an error (exit code 0)", "오류 없이 스스로 종료했습니다(종료 코드 0)"),
        ("", ""),
    ),
    "unhealthy": (
        ("its health check fails{detail}", "헬스 체크가 실패합니다{detail}"),
        ("{kind} container is unhealthy", "{kind} 컨테이너가 unhealthy"),
    ),
    "restarts": (
        ("it was started again {detail} times by its restart policy", "재시작 정책으로 {detail}번 다시 시작되었습니다"),
        ("service keeps restarting crash loop", "컨테이너 계속 재시작 반복"),
    ),
    "paused": (("it is paused: none of its processes runs", "일시 정지되어 아무 프로세스도 돌지 않습니다"), ("", "")),
    "disk": (
        ("its log says that a disk is full", "로그에 디스크가 가득 찼다고 나옵니다"),
        ("no space left on device disk full", "디스크 가득 찼을 때"),
    ),
    "connections": (
        ("its log says that there are too many connections", "로그에 접속이 너무 많다고 나옵니다"),
        ("too many clients connections", "접속이 너무 많을 때"),
    ),
    "refused": (
        ("its log says that it cannot connect to something", "로그에 다른 곳에 연결하지 못한다고 나옵니다"),
        ("connection refused not reachable", "연결되지 않음"),
    ),
    "password": (
        ("its log says that a password or a login was refused", "로그에 비밀번호 또는 로그인이 거부되었다고 나옵니다"),
        ("password authentication failed", "비밀번호 인증 실패"),
    ),
    "address": (
        ("its log says that its port is taken", "로그에 포트가 이미 사용 중이라고 나옵니다"),
        ("port is taken address in use", "포트 충돌"),
    ),
    "permission": (
        ("its log says that it may not open a file", "로그에 파일 권한이 없다고 나옵니다"),
        ("permission denied volume belongs to another user", "볼륨 권한"),
    ),
    "log_memory": (
        ("its log says that it ran out of memory", "로그에 메모리가 부족하다고 나옵니다"),
        ("out of memory heap", "메모리 부족"),
    ),
}
_EXITS = {
    0: "exit_done",
    126: "exit_command",
    127: "exit_command",
    134: "exit_crash",
    137: "exit_killed",
    139: "exit_crash",
    143: "exit_told",
}
_IN_LOG: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        ("disk", r"no space left|disk (?:is )?full|ENOSPC"),
        ("log_memory", r"out of ?memory|cannot allocate memory|heap out of|OOMKill"),
        ("connections", r"too many (?:clients|connections)"),
        (
            "password",
            r"(?:password|authentication|login) (?:\w+ ){0,3}(?:failed|denied|refused)|access denied for user",
        ),
        ("address", r"address already in use|EADDRINUSE|port is already allocated"),
        (
            "refused",
            r"connection refused|ECONNREFUSED|could not connect|no route to host|name or service not known|ENOTFOUND",
        ),
        ("permission", r"permission denied|EACCES|operation not permitted"),
    )
)


def findings(details: Details, lines: Sequence[str], language: Language) -> list[Finding]:
    """Return what is conspicuous, the weightiest first; nothing if all looks well."""
    container = details.container
    kind = _kind(container, language)
    return [_finding(code, detail, kind, language) for code, detail in _codes(details, lines)]


def _codes(details: Details, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    container = details.container
    if container.oom_killed:
        yield "oom", ""
    if details.error:
        yield "engine_error", " ".join(details.error.split())[:300]
    if not container.running and not container.oom_killed and container.exit_code is not None:
        yield _EXITS.get(container.exit_code, "exit_failed"), str(container.exit_code)
    if container.health == "unhealthy" or container.condition == "unhealthy":
        said = " ".join(details.health_log[-1].output.split())[:200] if details.health_log else ""
        yield "unhealthy", f": {said}" if said else ""
    log = "\n".join(lines)
    for code, pattern in _IN_LOG:
        if pattern.search(log) and not (code == "log_memory" and container.oom_killed):
            yield code, ""
    if container.restart_count >= MANY_RESTARTS or container.state == "restarting":
        yield "restarts", str(container.restart_count)
    if container.state == "paused":
        yield "paused", ""


def _finding(code: str, detail: str, kind: str, language: Language) -> Finding:
    texts, queries = _KNOWN[code]
    which = 0 if language == "en" else 1
    return Finding(code, texts[which].format(detail=detail), queries[which].format(detail=detail, kind=kind))


def _kind(container: Container, language: Language) -> str:
    """What the runbooks may call such a container."""
    if _DATABASE.search(f"{container.name} {container.image}"):
        return "database" if language == "en" else "데이터베이스"
    return ""
