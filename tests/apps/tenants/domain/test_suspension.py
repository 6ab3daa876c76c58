"""Suspending a company and resuming it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from apps.tenants import api as tenants_api
from apps.tenants.domain import gate_changes, suspension
from novapulse.data import transaction
from novapulse.errors import NotFound
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.api import Api

pytestmark = pytest.mark.usefixtures("database")


def _made(slug: str) -> tenants_api.CompanyRecord:
    return transaction.run(lambda: tenants_api.create_company(name=slug.title(), slug=slug, country="DE"))


def _pending() -> list[Change]:
    return list(gate_changes.pending().values())


def test_suspension_raises_the_credential_version_and_is_announced() -> None:
    made, rival = _made("acme"), _made("rival")
    outcome = suspension.suspend("acme")
    assert outcome.is_changed
    assert outcome.company == tenants_api.company(made.id)
    assert (outcome.company.status, outcome.company.credential_version, outcome.company.version) == ("suspended", 2, 2)
    assert _pending() == [Change(Level.COMPANY, str(made.id), company_id=str(made.id), version=2)]
    assert tenants_api.company(rival.id) == rival


def test_second_suspension_changes_and_announces_nothing() -> None:
    _made("acme")
    first = suspension.suspend("acme")
    second = suspension.suspend("acme")
    assert (second.is_changed, second.company) == (False, first.company)
    assert len(_pending()) == 1


def test_suspensions_at_once_count_as_one() -> None:
    _made("acme")
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(suspension.suspend, ["acme"] * 8))
    assert sum(outcome.is_changed for outcome in outcomes) == 1
    assert {outcome.company.credential_version for outcome in outcomes} == {2}
    assert len(_pending()) == 1


def test_suspension_is_not_committed_when_it_cannot_be_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _made("acme")

    def fail(_changes: Iterable[Change]) -> None:
        raise ConnectionError

    monkeypatch.setattr(suspension, "announce", fail)
    with pytest.raises(ConnectionError):
        suspension.suspend("acme")
    assert tenants_api.company(made.id) == made


def test_resumed_company_is_active_and_its_credential_version_stays_raised() -> None:
    made = _made("acme")
    suspension.suspend("acme")
    outcome = suspension.resume("acme")
    assert outcome.is_changed
    assert outcome.company == tenants_api.company(made.id)
    assert (outcome.company.is_active, outcome.company.credential_version, outcome.company.version) == (True, 2, 3)
    assert not suspension.resume("acme").is_changed


@pytest.mark.parametrize("change", [suspension.suspend, suspension.resume])
def test_company_that_is_not_there_is_not_found(change: Any) -> None:
    with pytest.raises(NotFound, match="'nobody'"):
        change("nobody")
    assert _pending() == []


def test_nobody_of_a_suspended_company_signs_in_or_goes_on_until_it_is_resumed(acme: Api, rival: Api) -> None:
    suspension.suspend("acme")
    assert acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 403
    assert rival.post("/auth/refresh", {"refresh_token": rival.refresh_token}).status_code == 200
    suspension.resume("acme")
    assert acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 200
