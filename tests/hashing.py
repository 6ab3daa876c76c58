"""argon2id at its least cost: the suite hashes hundreds of passwords and proves nothing by waiting.

And argon2id at its real cost, for what is to be seen of it; it counts how many hash at one time.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.hashers import Argon2PasswordHasher

from apps.auth.domain.hashing import Argon2idPasswordHasher

if TYPE_CHECKING:
    from collections.abc import Iterator


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """The same algorithm, one pass over 8 KiB."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


class CountedArgon2Hasher(Argon2idPasswordHasher):
    """The hasher of production; `most` tells how many were at work at one time, `done` how many have been."""

    inside: ClassVar[int] = 0
    most: ClassVar[int] = 0
    done: ClassVar[int] = 0
    _lock: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def reset(cls) -> None:
        cls.inside = cls.most = cls.done = 0

    def encode(self, password: str, salt: str) -> str:
        with self._counted():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with self._counted():
            return super().verify(password, encoded)

    @classmethod
    @contextmanager
    def _counted(cls) -> Iterator[Any]:
        with cls._lock:
            cls.inside += 1
            cls.most = max(cls.most, cls.inside)
        try:
            yield
        finally:
            with cls._lock:
                cls.inside -= 1
                cls.done += 1


COUNTED = [f"{CountedArgon2Hasher.__module__}.CountedArgon2Hasher"]
