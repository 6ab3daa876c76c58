"""Threads that interrupt nobody, and those that do as any other."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from novapulse.resilience import precedence

if TYPE_CHECKING:
    import pytest


def in_a_thread_of_its_own(*steps: object) -> list[int]:
    """Take the steps one after the other; give how the thread is scheduled after each."""

    def take() -> list[int]:
        return [(step(), os.sched_getscheduler(0))[1] for step in steps if callable(step)]

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(take).result()


def test_a_thread_that_lets_others_work_interrupts_nobody_until_it_works_itself() -> None:
    assert in_a_thread_of_its_own(precedence.let_others_work, precedence.work) == [os.SCHED_BATCH, os.SCHED_OTHER]


def test_what_a_thread_starts_that_lets_others_work_does_so_as_well() -> None:
    def start_another() -> None:
        started.extend(in_a_thread_of_its_own(lambda: None))

    started: list[int] = []
    in_a_thread_of_its_own(precedence.let_others_work, start_another)
    assert started == [os.SCHED_BATCH]


def test_a_thread_is_asked_to_work_but_once() -> None:
    steps = (precedence.work, precedence.let_others_work, precedence.work)

    assert in_a_thread_of_its_own(*steps)[-1] == os.SCHED_BATCH


def test_where_it_is_forbidden_all_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_given: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", forbid)
    assert in_a_thread_of_its_own(precedence.let_others_work, precedence.work) == [os.SCHED_OTHER] * 2
