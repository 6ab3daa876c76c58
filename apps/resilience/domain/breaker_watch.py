"""What makes a serving process obey the switches of operators, and say how its breakers stand.

1. Once a second: log which breakers have changed, MongoDB's own among them, whatever is away.
2. Read the switches. One that is new is obeyed, one that was taken away before its time lets go.
3. A breaker whose state has changed since is written down; as long as nothing changes nothing is written.
4. Where MongoDB is away nothing is heard or written until it is back; what was obeyed stays so until its time is over.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from typing import TYPE_CHECKING, Final

from pybreaker import STATE_CLOSED

from apps.resilience.domain import breaker_switches
from novapulse import clock, log
from novapulse.resilience import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.resilience.domain.breaker_switches import Switch

_logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0


class BreakerWatch:
    """The thread of one process; it ends with the process."""

    def __init__(self) -> None:
        """Start with nothing held, and every breaker closed."""
        self._obeyed: dict[str, Switch] = {}
        self._logged: dict[str, str] = {}
        self._written: dict[str, str] = {}
        self._stopped = threading.Event()
        self._is_blind = False

    def start(self) -> None:
        """Start, and start again in a child of a fork, which has no threads of its parent."""
        self._spawn()
        os.register_at_fork(after_in_child=self._spawn)

    def stop(self) -> None:
        """Let the thread end after what it is at."""
        self._stopped.set()

    def look(self) -> None:
        """Log what has changed (step 1), obey the switches (step 2), and write down what has changed (step 3)."""
        for name, state in _changed_since(self._logged):
            log.event(_logger, "resilience.breaker_changed", breaker=name, state=state)
            self._logged[name] = state
        self._obey(breaker_switches.switches())
        for name, state in _changed_since(self._written):
            breaker_switches.report(name, process=_process(), state=state)
            self._written[name] = state

    def _obey(self, switches: dict[str, Switch]) -> None:
        now = clock.now()
        for breaker in registry.breakers():
            name = str(breaker.name)
            wanted, obeyed = switches.get(name), self._obeyed.pop(name, None)
            if wanted is not None:
                if wanted != obeyed:
                    breaker.hold(wanted.state, seconds=(wanted.until - now).total_seconds())
                self._obeyed[name] = wanted
            elif obeyed is not None and obeyed.until > now:
                breaker.reset()

    def _spawn(self) -> None:
        threading.Thread(target=self._repeat, name="breaker-watch", daemon=True).start()

    def _repeat(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001  the outermost edge of a thread: MongoDB is away (step 4)
                if not self._is_blind:
                    log.event(
                        _logger, "resilience.switches_not_read", level=logging.WARNING, error=type(error).__name__
                    )
                self._is_blind = True
            else:
                self._is_blind = False


def _changed_since(told: Mapping[str, str]) -> list[tuple[str, str]]:
    states = [(str(breaker.name), breaker.current_state) for breaker in registry.breakers()]
    return [(name, state) for name, state in states if state != told.get(name, STATE_CLOSED)]


def _process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
