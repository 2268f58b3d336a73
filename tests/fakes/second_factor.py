"""A second factor with one good code."""

from __future__ import annotations

from server.auth.records import User
from server.errors import Unauthenticated

CODE = "123456"


class RefusedCode(Unauthenticated):
    code = "wrong_code"


class FakeSecondFactor:
    """`asked`: the accounts whose codes were looked at, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def check(self, user: User, code: str) -> None:
        self.asked.append(user.name)
        if code != CODE:
            raise RefusedCode("This code is wrong.")
