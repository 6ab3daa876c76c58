"""Leaving without losing a request: a process that is told to stop says so first, and goes when others have heard it.

1. SIGTERM is blocked in every thread, so that it reaches nobody; one thread waits for it.
2. When it comes, `is_under_way` turns true at once, which is what readiness tells the proxy. Requests go on.
3. After some time the thread calls the handler that the server had set for SIGTERM: it closes its listener, lets the
   requests that are under way run to their end, and exits.

Without the time in between a proxy that has not heard yet would meet a closed port.
Source: sigwaitinfo(2); a server's handler only sets an event, so that any thread may call it.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING

from novapulse import log
from novapulse.log import leaving

if TYPE_CHECKING:
    from collections.abc import Callable

_logger = logging.getLogger(__name__)
_told = threading.Event()


def is_under_way() -> bool:
    """Tell whether this process has been told to stop."""
    return _told.is_set()


def on_sigterm(*, stay_seconds: float) -> None:
    """Have SIGTERM drain this process: it stays for so many seconds, then stops as its server does by itself.

    Call it in the main thread, before any other thread is started: they inherit what is blocked. A child of a fork
    waits for its own SIGTERM.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    start = partial(_start, partial(_drain, stay_seconds=stay_seconds))
    start()
    os.register_at_fork(after_in_child=start)


def _start(drain: Callable[[], None]) -> None:
    threading.Thread(target=drain, name="draining", daemon=True).start()


def _drain(*, stay_seconds: float) -> None:
    signal.sigwait({signal.SIGTERM})
    _told.set()
    log.event(_logger, "draining.begun", stay_seconds=stay_seconds)
    threading.Event().wait(stay_seconds)
    handler = signal.getsignal(signal.SIGTERM)
    if callable(handler):
        handler(signal.SIGTERM, None)
        return
    leaving.leave()  # nobody has set one: the system's own end, which leaves no time for anything
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    os.kill(os.getpid(), signal.SIGTERM)
