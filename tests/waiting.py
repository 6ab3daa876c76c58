"""Waiting for what comes by itself, for as long as a busy machine may take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 30.0


def wait_until(
    holds: Callable[[], object],
    *,
    seconds: float = PATIENCE_SECONDS,
    tell: Callable[[], object] = lambda: "it has not come about",
) -> None:
    """Look again and again until it holds; fail after so many seconds, with what there is to tell."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, tell()
        time.sleep(0.02)
