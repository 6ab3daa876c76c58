"""Dead letters in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.staff.domain import accounts
from novapulse.queues import dead_letters
from novapulse.queues.dead_letters import Wanted
from tests import staff

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tests.api import Api

BOARD = "/admin/boards/dead-letters/"

pytestmark = pytest.mark.usefixtures("queues", "at_once")


@pytest.fixture
def browser(db: None) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def act(browser: Client, verb: str, key: str) -> str:
    answer = browser.post(f"{BOARD}{verb}/?key={key}", {"reason": "a trial"}, follow=True)
    return str(answer.content.decode())


def waiting() -> list[str]:
    return [letter.id for letter in dead_letters.letters(Wanted(), at_most=10)]


def test_letters_are_shown_with_why_they_are_dead(browser: Client, bury: Callable[..., str], acme: Api) -> None:
    bury(acme)
    page = browser.get(BOARD).content.decode()

    assert ">acme</a>" in page
    assert "exhausted" in page
    assert "ValueError" in page


def test_one_is_tried_anew_and_no_other(browser: Client, bury: Callable[..., str], acme: Api) -> None:
    ours, other = bury(acme), bury()

    assert f"The task {ours} is tried anew." in act(browser, "redrive", ours)
    assert waiting() == [other]


def test_one_is_thrown_away_and_no_other(browser: Client, bury: Callable[..., str], acme: Api) -> None:
    ours, other = bury(acme), bury()

    assert "is thrown away" in act(browser, "discard", ours)
    assert waiting() == [other]
    assert "is not there any more" in act(browser, "discard", ours)


def test_without_an_id_nothing_is_meant(browser: Client, bury: Callable[..., str]) -> None:
    left = bury()

    assert "is thrown away" not in act(browser, "discard", "")
    assert waiting() == [left]
