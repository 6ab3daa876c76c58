"""The pause after a failure, on a clock that a test moves."""

from __future__ import annotations

from novapulse.resilience.pause import Pause


class _Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_everybody_may_ask_while_it_answers() -> None:
    pause = Pause(1, now=_Clock())
    assert [pause.may_ask() for _ in range(3)] == [True] * 3


def test_nobody_may_ask_for_a_while_once_it_has_failed() -> None:
    now = _Clock()
    pause = Pause(1, now=now)
    pause.failed()
    assert not pause.may_ask()
    now.seconds += 0.9
    assert not pause.may_ask()


def test_one_at_a_time_finds_out_whether_it_answers_again() -> None:
    now = _Clock()
    pause = Pause(1, now=now)
    pause.failed()
    now.seconds += 1
    assert [pause.may_ask() for _ in range(3)] == [True, False, False]
    pause.failed()
    now.seconds += 1
    assert pause.may_ask()
    pause.answered()
    assert [pause.may_ask() for _ in range(3)] == [True] * 3


def test_one_who_never_came_back_keeps_nobody_away_for_ever() -> None:
    now = _Clock()
    pause = Pause(1, now=now)
    pause.failed()
    now.seconds += 1
    assert pause.may_ask()
    now.seconds += 1
    assert pause.may_ask()
