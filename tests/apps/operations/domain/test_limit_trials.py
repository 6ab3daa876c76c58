"""Trying limits on the traffic that was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.observability import api as observability_api
from apps.observability.api import Request
from apps.operations.domain import limit_trials
from apps.tenants.api import Agreement
from novapulse.errors import NotFound
from tests import people

if TYPE_CHECKING:
    from apps.tenants.api import CompanyRecord

AT = 1_795_662_000_000_000  # a full minute
SECOND = 1_000_000


@pytest.fixture
def acme(database: object, monkeypatch: pytest.MonkeyPatch) -> CompanyRecord:
    """Let Acme have asked five times a second for three units each, and somebody who is gone as well."""
    made, rival = people.company("acme"), people.company("rival")
    requests = [Request(AT + n * SECOND // 5, AT + n * SECOND // 5 + 90_000, "olive", 3) for n in range(310)]
    traffic = {str(made.id): requests, str(rival.id): requests[:1], str(ObjectId()): requests}

    def by_company(*, of: str | None) -> dict[str, list[Request]]:
        return {each: asked for each, asked in traffic.items() if of in {None, each}}

    monkeypatch.setattr(observability_api, "traffic_by_company", by_company)
    return made


def test_figures_that_are_not_given_are_the_companys_own(acme: CompanyRecord) -> None:
    own, _ = limit_trials.trials(Agreement(), slug=None)
    (tried,) = limit_trials.trials(Agreement(quota=300), slug="acme")

    assert (own.company.slug, own.limits.quota, own.refused.total()) == ("acme", 1_200, 0)
    assert (tried.limits.quota, tried.limits.window_seconds) == (300, 60)
    # 930 units asked in 61.8 s: 300 at once, and 5 come back each second.
    assert 3 * (310 - tried.refused["company"]) == pytest.approx(300 + 5 * 61.8, abs=6)


def test_the_busiest_minute_is_by_units(acme: CompanyRecord) -> None:
    (tried,) = limit_trials.trials(Agreement(), slug="acme")

    assert (tried.busiest.requests, tried.busiest.units) == (300, 900)
    assert f"{tried.busiest.at:%S}" == "00"
    assert (tried.last - tried.first).total_seconds() == pytest.approx(61.8)


def test_requests_at_a_time_are_limited_as_well(acme: CompanyRecord) -> None:
    (tried,) = limit_trials.trials(Agreement(concurrency=1), slug="acme")

    assert tried.refused.total() == 0  # each is over 0.11 s before the next


def test_who_has_not_asked_has_no_trial_and_who_is_not_there_is_not_found(acme: CompanyRecord) -> None:
    people.company("silent")

    assert limit_trials.trials(Agreement(), slug="silent") == []
    with pytest.raises(NotFound):
        limit_trials.trials(Agreement(), slug="nobody")
