"""The figures of load shedding, of one process."""

from __future__ import annotations

from typing import Final

THREADS: Final = 68  # of the server: granian's `--blocking-threads`
MOST_INSIDE: Final = 64  # as there are connections to Redis; four threads are left to refuse and for health
LEAST_INSIDE: Final = 4  # two of them reads: fewer would leave the interpreter idle while they wait for stores
TARGET_SECONDS: Final = 0.0008  # at three quarters of what it can do a process is 0.2-0.9 ms late
