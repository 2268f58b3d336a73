"""Argon2id at its weakest, with a count of what was asked and a hand on it."""

from __future__ import annotations

import threading
from typing import Any, Literal

from argon2 import PasswordHasher


class CountingHasher(PasswordHasher):
    """`verified`: the hashes that passwords were compared with, in order. While `held` is cleared, comparing waits;
    `most_at_once` is how many were at it at the same time."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**{"time_cost": 1, "memory_cost": 8, "parallelism": 1, "hash_len": 16} | parameters)
        self.verified: list[str] = []
        self.threads: set[int] = set()
        self.held = threading.Event()
        self.held.set()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        with self._lock:
            self.verified.append(hash if isinstance(hash, str) else hash.decode())
            self.threads.add(threading.get_ident())
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            self.held.wait()
            return super().verify(hash, password)
        finally:
            with self._lock:
                self._at_once -= 1
