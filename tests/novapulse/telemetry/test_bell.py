from __future__ import annotations

import threading

from novapulse.telemetry.bell import Bell


def test_a_bell_wakes_who_sleeps() -> None:
    bell = Bell()
    threading.Timer(0.05, bell.ring).start()

    assert bell.wait(30)


def test_what_rang_before_is_heard_once() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()

    assert bell.wait(0)
    assert not bell.wait(0.01)
