"""Which words of a question about the host and its containers say nothing but what is asked. Pure.

What is left of a message is what it is about; if no container is called like that, it is about something else.
"""

from __future__ import annotations

from server.sessions.runbooks.bigrams import is_hangul, is_stop, words
from server.sessions.runbooks.endings import listed

_ENGLISH = listed(
    """busy moment percent nearly almost actually again alive amount answer available average bring broken bytes cause check checking cleanly
    container containers crash crashed crashing cpu current currently dead details diagnose diagnosis die died
    dies directly disk disks docker down error errors everything everywhere exactly fail failed failing fails
    fine free full going good happened happening health healthy here high host hows info investigate issue
    issues keep keeps kill killed kind last latest left line lines list load log logs look looking machine many
    memory metric metrics much network number ok okay one ones output overview pause percent problem problems
    quick quickly ram read reason remaining remove report restart restarted restarting restarts resume right
    running see server service services slow space start started state stats status stderr stdout stop stopped
    storage stuck summary swap system tail temperature thank thanks things today traffic trouble unhealthy
    unpause uptime usage use used uses using view weird work working works wrong yesterday"""
)
# The beginnings of Korean words; what stands behind them is grammar.
_KOREAN = tuple(
    listed(
        """퍼센트 썼 쓰 있 가동 갑자기 강제 개 계속 고장 괜찮 기동 껐 꺼 끄 남 내려 네트워크 높 느려 느리 느린 다 다시 다운 도커 돌아
    돌고 로그 리소스 리스타트 마지막 멈 메모리 메트릭 목록 몇 모두 문제 뭐 무슨 보고 보여 부하 사용 살아 삭제
    상태 서버 서비스 스왑 시스템 시작 실패 실행 씨피유 안 어느 어때 에러 없애 오늘 오류 온도 왜 용량 원인 이상
    이유 일시 자꾸 자원 잘 장애 재가동 재개 재기동 재부팅 재시작 전부 전체 점검 정상 정지 제거 종료 죽 줄 중
    중단 중지 지금 지워 지표 진단 최근 출력 켜 컨테이너 크래시 트래픽 하나 해 현재 현황 호스트 확인 디스크 띄 떠
    올려 저장 살려 살펴 봐 볼 싶 왔 일어"""
    )
)
_EVERYTHING = listed(
    "everything all containers container services service server host system machine docker anything things"
)
_EVERYTHING_KOREAN = (
    "전부",
    "전체",
    "모두",
    "컨테이너",
    "서버",
    "호스트",
    "서비스",
    "시스템",
    "다들",
    "뭐",
    "무슨",
    "도커",
)


def subjects(text: str) -> list[str]:
    """Return the words of `text` that are about something, as they are written."""
    return [word for word in words(text) if not _empty(word)]


def about_everything(text: str) -> bool:
    """Whether `text` speaks of the host or of its containers as a whole."""
    return any(word in _EVERYTHING or word.startswith(_EVERYTHING_KOREAN) for word in words(text))


def _empty(word: str) -> bool:
    if is_stop(word) or word.isdigit():
        return True
    return word.startswith(_KOREAN) or len(word) == 1 if is_hangul(word) else word in _ENGLISH
