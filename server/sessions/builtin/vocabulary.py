"""Which words of a question about the host and its containers say nothing but what is asked. Pure.

What is left of a message is what it is about; if no container is called like that, it is about something else.
"""

from __future__ import annotations

from server.sessions.runbooks.bigrams import is_hangul, is_stop, words
from server.sessions.runbooks.endings import listed

_ENGLISH = listed(
    """busy moment percent nearly almost actually again alive amount answer available average bring broken bytes
    cause check checking cleanly container containers crash crashed crashing consumption cpu current currently dead
    details diagnose diagnosis die died dies directly disk disks docker down error errors everything everywhere exactly
    fail failed failing fails fine free full going good happened happening health healthy here high host hows
    info investigate issue issues keep keeps kill killed kind last latest left line lines list load log logs
    look looking machine many memory metric metrics much network number ok okay one ones output overview pause
    problem problems quick quickly ram read reason remaining remove report restart restarted restarting restarts
    resume right running see server service services slow space start started state stats status stderr stdout
    stop stopped storage stuck summary swap system tail temperature thank thanks things today traffic trouble
    unhealthy unpause uptime usage use used uses using view weird work working works wrong yesterday"""
)
# The beginnings of Korean words; what stands behind them is grammar.
_KOREAN = tuple(
    listed(
        """그거 그것 그걸 이거 이것 이걸 그놈 퍼센트 가동 갑자기 강제 계속 고장 괜찮 기동 꺼졌 꺼져 꺼줘 꺼주 꺼라
        공간 끄고 남았 남은 남아 내려 네트워크 높은 높아 느려 느리 느린 다시 다운 도커 돌아 돌고 로그 리소스 리스타트
        마지막 멈춰 멈추 멈췄 메모리 메트릭 목록 모두 문제 무슨 보고 보여 볼까 부하 뻗었 뻗은 사용 살아 삭제 상태
        상황 서버 서비스 스왑 시스템 시작 실패 실행 썼어 쓰고 쓰는 씨피유 어느 어때 어떤 없애 에러 여유 오늘 오류
        온도 용량 원인 이상 이유 일시 있어 있나 있는 있음 자꾸 자원 장애 재가동 재개 재기동 재부팅 재시작 저장 전부
        전체 점검 정상 정지 제거 종료 죽었 죽어 죽은 죽는 죽네 중단 중지 지금 지워 지표 진단 최근 출력 켜줘 켜주
        켜라 켜져 컨테이너 크래시 트래픽 하나 현재 현황 호스트 확인 디스크 띄워 떠있 올려 살려 살펴 싶어 왔어
        일어 해줘 해주"""
    )
)
_EVERYTHING = listed(
    "everything all containers container services service server host system machine docker anything things"
)
_EVERYTHING_KOREAN = tuple(listed("전부 전체 모두 컨테이너 서버 호스트 서비스 시스템 다들 뭐 무슨 도커"))

_CONTAINERS = listed("container containers service services")
_CONTAINERS_KOREAN = ("컨테이너", "서비스")


def subjects(text: str) -> list[str]:
    """Return the words of `text` that are about something, as they are written."""
    return [word for word in words(text) if not _empty(word)]


def about_everything(text: str) -> bool:
    """Whether `text` speaks of the host or of its containers as a whole."""
    return any(word in _EVERYTHING or word.startswith(_EVERYTHING_KOREAN) for word in words(text))


def about_containers(text: str) -> bool:
    """Whether `text` speaks of containers as such."""
    return any(word in _CONTAINERS or word.startswith(_CONTAINERS_KOREAN) for word in words(text))


def _empty(word: str) -> bool:
    if is_stop(word) or word.isdigit():
        return True
    return word.startswith(_KOREAN) or len(word) == 1 if is_hangul(word) else word in _ENGLISH
