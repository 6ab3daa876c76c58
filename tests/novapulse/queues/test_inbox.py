from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.queues import inbox
from novapulse.queues.errors import LeaseLost
from novapulse.queues.inbox import Busy, Claim, Over
from tests.novapulse.queues.envelopes import an_envelope

if TYPE_CHECKING:
    from novapulse.queues.envelope import Envelope

pytestmark = pytest.mark.usefixtures("database")
GONE = timedelta(seconds=61)


def _claim(envelope: Envelope, *, owner: str = "one") -> Any:
    return inbox.claim(envelope, owner=owner, lease_seconds=60)


def test_of_fifty_claims_at_once_one_succeeds() -> None:
    envelope = an_envelope()
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda n: _claim(envelope, owner=str(n)), range(50)))

    assert sum(isinstance(each, Claim) for each in found) == 1
    assert sum(isinstance(each, Busy) for each in found) == 49


def test_a_live_lease_is_left_alone_and_tells_for_how_long() -> None:
    envelope = an_envelope()
    _claim(envelope)
    found = _claim(envelope, owner="two")

    assert isinstance(found, Busy)
    assert 30 < found.seconds <= 60


def test_a_lease_that_ran_out_counts_a_death_and_no_attempt_and_raises_the_fence() -> None:
    envelope = an_envelope()
    first = _claim(envelope)
    with clock.shifted(GONE):
        second = _claim(envelope, owner="two")

    assert (second.attempt, second.deaths) == (1, 1)
    assert second.fence > first.fence


def test_a_stale_owner_changes_nothing() -> None:
    envelope = an_envelope()
    stale = _claim(envelope)
    with clock.shifted(GONE):
        _claim(envelope, owner="two")

    assert inbox.complete(stale, result="mine") is False
    assert inbox.give_back(stale, error=None, attempts=0) is False
    assert inbox.kill(stale, error={}) is False
    with pytest.raises(LeaseLost):
        inbox.finish(stale)


def test_a_finished_task_is_over_for_good() -> None:
    envelope = an_envelope()
    inbox.complete(_claim(envelope), result=1)

    with clock.shifted(timedelta(days=20)):
        assert isinstance(_claim(envelope), Over)


def test_an_attempt_that_was_let_go_may_be_taken_on_again_and_counts() -> None:
    envelope = an_envelope()
    first = _claim(envelope)
    inbox.give_back(first, error=None, attempts=first.attempt)

    assert _claim(envelope).attempt == 2


def test_a_lease_that_is_extended_holds_and_one_that_went_to_another_is_told() -> None:
    mine, lost = an_envelope(), an_envelope()
    claims = [_claim(mine), _claim(lost)]
    with clock.shifted(GONE):
        _claim(lost, owner="two")

        assert inbox.extend(claims, lease_seconds=60) == {claims[1].id}
        assert isinstance(_claim(mine, owner="two"), Busy)


def test_a_task_that_finishes_while_its_lease_is_extended_is_not_taken_for_lost() -> None:
    claim = _claim(an_envelope())
    inbox.finish(claim)

    assert inbox.extend([claim], lease_seconds=60) == set()


def test_only_a_dead_task_is_revived_and_begins_anew() -> None:
    envelope = an_envelope()
    claim = _claim(envelope)

    assert inbox.revive(envelope.id) is False
    inbox.kill(claim, error={"error": "KeyError"})
    assert isinstance(_claim(envelope), Over)
    assert inbox.revive(envelope.id) is True
    assert _claim(envelope).attempt == 1
