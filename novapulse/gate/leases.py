"""Requests at a time: what this process has in flight for each company, and leases on their way back to Redis.

A lease that is over is given back with the next decision for its company, or within a twentieth of a second by the
watch: the request itself never waits for a second round trip.
"""

from __future__ import annotations

import itertools
import os
import secrets
import threading
from collections import Counter, defaultdict


class Leases:
    """Names leases, counts what is in flight, and keeps leases that are over until Redis has them back."""

    def __init__(self) -> None:
        """Start with none."""
        self._numbers = itertools.count()
        self._start()
        os.register_at_fork(after_in_child=self._start)

    def _start(self) -> None:
        self.process = secrets.token_hex(6)
        self._lock = threading.Lock()
        self._in_flight: Counter[str] = Counter()
        self._over: dict[str, list[str]] = defaultdict(list)

    def name(self) -> str:
        """Name a lease that no other has, of this process or another."""
        return f"{self.process}-{next(self._numbers):x}"

    def begin(self, company_id: str) -> None:
        """Count one more request of the company."""
        with self._lock:
            self._in_flight[company_id] += 1

    def end(self, company_id: str, *, lease: str) -> None:
        """Count one less; its lease, empty where Redis gave none, is over."""
        with self._lock:
            self._in_flight[company_id] -= 1
            if self._in_flight[company_id] <= 0:
                del self._in_flight[company_id]
            if lease:
                self._over[company_id].append(lease)

    def in_flight(self, company_id: str) -> int:
        """Count the company's requests in this process."""
        return self._in_flight[company_id]

    def over(self, company_id: str) -> list[str]:
        """Take the company's leases that are over: whoever takes them gives them to Redis, or back by `restore`."""
        if company_id not in self._over:
            return []
        with self._lock:
            return self._over.pop(company_id, [])

    def all_over(self) -> dict[str, list[str]]:
        """Take those of all companies."""
        if not self._over:
            return {}
        with self._lock:
            over, self._over = self._over, defaultdict(list)
        return over

    def restore(self, over: dict[str, list[str]]) -> None:
        """Keep them after all: Redis did not take them. A company without any stays out: Redis refuses ZREM of none."""
        with self._lock:
            for company_id, leases in over.items():
                if leases:
                    self._over[company_id] += leases
