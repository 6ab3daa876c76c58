"""How far companies have used what they may, as people look at it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from novapulse.errors import Unavailable
from novapulse.gate import gate, standing
from novapulse.gate.decision import Limits, Usage

if TYPE_CHECKING:
    from tests.api import Api


def test_what_was_used_is_what_the_next_decision_finds(acme: Api, rival: Api) -> None:
    seen = acme.get("/company/usage").json()["policies"][0]
    found = standing.usage_of([str(acme.company_id), str(rival.company_id)])

    assert seen["remaining"] <= found[str(acme.company_id)].remaining <= seen["quota"]
    assert found[str(acme.company_id)].limits.quota == seen["quota"]
    assert str(rival.company_id) not in found  # it has asked nothing


def test_requests_in_flight_are_counted(acme: Api) -> None:
    from apps.auth.domain import verified  # noqa: PLC0415  once the apps are ready

    credential = verified.verified.user_of(acme.token).credential
    decisions = [gate.current().decide(credential, units=5) for _ in range(3)]
    (found,) = standing.usage_of([str(acme.company_id)]).values()
    for each in decisions:
        gate.current().end(each)

    assert found.in_flight == 3
    assert found.limits.quota - found.remaining in {14, 15}  # it refills meanwhile


def test_looking_changes_nothing(acme: Api) -> None:
    acme.get("/me")
    looks = [standing.usage_of([str(acme.company_id)])[str(acme.company_id)] for _ in range(5)]

    assert looks[-1].remaining >= looks[0].remaining


def test_without_redis_it_says_so(redis_away: object) -> None:
    for _ in range(2):
        with pytest.raises(Unavailable):
            standing.usage_of([str(ObjectId())])


def test_share_is_the_quota_or_the_places_whichever_is_more() -> None:
    usage = Usage(Limits(quota=100, window_seconds=60, concurrency=10), remaining=75, reset_seconds=15, in_flight=1)

    assert standing.share(usage) == 0.25
    assert standing.share(replace(usage, in_flight=5)) == 0.5
    assert standing.share(replace(usage, in_flight=15)) == 1.0
