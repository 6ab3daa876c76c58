"""What makes a serving process obey the switches of operators, and say how its breakers stand.

1. Once a second: read the switches. One that is new is obeyed, one that was taken away before its time lets go.
2. A breaker whose state has changed since is logged and written down; as long as nothing changes nothing is written.
3. Where MongoDB is away nothing is heard or said until it is back; what was obeyed stays so until its time is over.
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
    from apps.resilience.domain.breaker_switches import Switch

_logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0


class BreakerWatch:
    """The thread of one process; it ends with the process."""

    def __init__(self) -> None:
        """Start with nothing held, and every breaker closed."""
        self._obeyed: dict[str, Switch] = {}
        self._said: dict[str, str] = {}
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
        """Obey the switches (step 1), then say what has changed (step 2)."""
        self._obey(breaker_switches.switches())
        for breaker in registry.breakers():
            name, state = str(breaker.name), breaker.current_state
            if state != self._said.get(name, STATE_CLOSED):
                log.event(_logger, "resilience.breaker_changed", breaker=name, state=state)
                breaker_switches.report(name, process=_process(), state=state)
                self._said[name] = state

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
            except Exception as error:  # noqa: BLE001  the outermost edge of a thread: MongoDB is away (step 3)
                if not self._is_blind:
                    log.event(
                        _logger, "resilience.switches_not_read", level=logging.WARNING, error=type(error).__name__
                    )
                self._is_blind = True
            else:
                self._is_blind = False


def _process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
