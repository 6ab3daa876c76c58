"""How many threads of a worker each company has: half of them at most, while others wait.

The queue itself keeps companies apart (fair queues, by message group), and the window of the outbox keeps a backlog out
of it. This is what is left to a worker: not to be filled by the long tasks of one company.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Shares:
    """The threads of one worker, by company; work of no company counts as one company's."""

    def __init__(self, threads: int) -> None:
        """Take the number of threads."""
        self._most = max(1, threads // 2)
        self._running: Counter[str | None] = Counter()
        self._lock = Lock()

    def take(self, company_id: str | None) -> None:
        """Note that a task of the company begins."""
        with self._lock:
            self._running[company_id] += 1

    def give_back(self, company_id: str | None) -> None:
        """Note that it has ended."""
        with self._lock:
            self._running[company_id] -= 1
            if not self._running[company_id]:
                del self._running[company_id]

    def exhausted(self) -> set[str | None]:
        """Tell which companies have their share."""
        with self._lock:
            return {company for company, running in self._running.items() if running >= self._most}
