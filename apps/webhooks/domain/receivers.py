"""What stands before each receiver in this process: a small room, and a breaker that lets few through while it is sick.

They live in memory, for the receivers that were sent something last.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

from apps.webhooks import conf
from apps.webhooks.domain.sending import Unanswered
from novapulse.resilience.bulkhead import Bulkhead
from novapulse.resilience.guard import Guard
from novapulse.resilience.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_MOST: Final = 1_000  # receivers that a process remembers
_RULES: Final = Rules(
    slow_seconds=conf.SEND_SECONDS,  # what takes longer has failed by itself
    connection_errors=5,
    first_seconds=30.0,
    longest_seconds=600.0,
    connections=(Unanswered,),
)


class Receivers:
    """The guards of receivers, each under its endpoint and address: a new address starts with a clean record."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = Lock()
        self._guards: OrderedDict[tuple[str, str], Guard] = OrderedDict()

    def guard_of(self, endpoint: Mapping[str, Any]) -> Guard:
        """Give the guard of an endpoint, the same to all threads of this process."""
        place = (str(endpoint["_id"]), endpoint["url"])
        with self._lock:
            guard = self._guards.get(place)
            if guard is None:
                guard = self._guards[place] = _guard(place[0])
            self._guards.move_to_end(place)
            if len(self._guards) > _MOST:
                self._guards.popitem(last=False)
            return guard


def _guard(name: str) -> Guard:
    room = Bulkhead("webhook", slots=conf.AT_ONCE, waiting=0, wait_seconds=0)
    return Guard(f"webhook-{name}", bulkhead=room, rules=_RULES)


receivers: Final = Receivers()
