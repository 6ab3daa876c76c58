"""The truth is asked by one for all, and remembered shortly."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from novapulse.errors import Unavailable
from novapulse.gate import truths
from novapulse.gate.truths import Truths
from tests.novapulse.gate.conftest import TRUTH, Book, credential

if TYPE_CHECKING:
    from novapulse.gate.decision import Credential, Truth


def test_those_who_want_to_know_the_same_wait_for_one_answer() -> None:
    asked, answer_now = [], threading.Event()

    def slow(shown: Credential) -> Truth:
        asked.append(shown)
        answer_now.wait(5)
        return TRUTH

    known, shown = Truths(slow), credential()
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(known.fresh, shown) for _ in range(20)]
        time.sleep(0.1)
        answer_now.set()
        assert {each.result() for each in waiting} == {TRUTH}
    assert len(asked) == 1


def test_a_failure_is_everybodys_and_the_next_one_asks_again(book: Book) -> None:
    known, shown, book.trouble = Truths(book.truth_of), credential(), Unavailable()
    for _ in range(2):
        with pytest.raises(Unavailable):
            known.fresh(shown)
    book.trouble = None

    assert known.fresh(shown) == TRUTH
    assert book.asked == 3


def test_it_is_remembered_for_half_a_second_and_until_something_changes(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, shown = Truths(book.truth_of), credential()
    known.recent(shown)
    known.recent(shown)
    assert book.asked == 1
    known.forget()
    known.recent(shown)
    assert book.asked == 2
    monkeypatch.setattr(truths, "REMEMBERED_SECONDS", 0.0)
    known.recent(shown)
    assert book.asked == 3


def test_who_asks_afresh_is_never_given_what_is_remembered(book: Book) -> None:
    known, shown = Truths(book.truth_of), credential()
    known.recent(shown)
    book.says(is_live=False)

    assert not known.fresh(shown).is_live


@pytest.mark.parametrize("field", ["company_version", "membership_version"])
def test_a_newer_version_is_never_held_against_what_was_read_before_it_came_to_be(book: Book, field: str) -> None:
    known, shown = Truths(book.truth_of), credential()
    known.recent(shown)
    book.says(**{field: 2})  # in another process, so that nobody here was told to forget
    renewed = replace(shown, **{field: 2})

    assert known.recent(renewed).ends(renewed) is None


def test_a_newer_version_does_not_wait_for_a_reading_that_began_before_it_came_to_be(book: Book) -> None:
    began, go_on, shown = threading.Event(), threading.Event(), credential()

    def slow(asked: Credential) -> Truth:
        truth = book.truth_of(asked)
        if asked == shown:
            began.set()
            go_on.wait(5)
        return truth

    known, renewed = Truths(slow), replace(shown, membership_version=2)
    with ThreadPoolExecutor(1) as pool:
        earlier = pool.submit(known.fresh, shown)
        began.wait(5)
        book.says(membership_version=2)
        assert known.fresh(renewed).ends(renewed) is None
        go_on.set()
        assert earlier.result() == TRUTH


def test_no_more_are_remembered_than_there_is_room_for(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truths, "_MOST", 2)
    known, many = Truths(book.truth_of), [credential() for _ in range(3)]
    for each in (*many, many[0]):
        known.recent(each)

    assert book.asked == 4
