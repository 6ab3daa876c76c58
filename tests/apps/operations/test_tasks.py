"""The task that deletes a company when its grace is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from apps.audit import api as audit_api
from apps.operations.domain import deletions, isolation_scan, leftovers
from apps.operations.domain.deletions import Terms
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.queues import dead_letters
from novapulse.queues.settle import Outcome
from novapulse.tenancy import removal
from novapulse.tenancy.scope import Scope
from tests.queues import drain

if TYPE_CHECKING:
    from tests.api import Api

pytestmark = pytest.mark.usefixtures("db", "queues")

TERMS = Terms("moved away", by="ops", grace=timedelta(days=30))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "_LOOK_SECONDS", 0)  # moto shows all that it has at once
    monkeypatch.setattr(removal, "_LONGEST_REST_SECONDS", 0.0)


def test_a_company_is_deleted_when_its_grace_is_over_and_not_before(acme: Api, rival: Api) -> None:
    deletions.ask("acme", TERMS)
    assert drain() == []
    with clock.shifted(TERMS.grace + timedelta(minutes=1)):
        assert drain() == [Outcome.DONE]

    assert deletions.of_company("acme").certificate
    assert leftovers.find(Scope(acme.company_id, "DE")).left == ()
    audit_api.seal_waiting()
    ours = {str(each.company_id) for each in (acme, rival)}  # tests before this one may have left something in Redis
    found = isolation_scan.scan(None, seen=lambda *_: None).findings
    assert [each for each in found if str(each.company_id) in ours] == []
    assert rival.get("/me").status_code == 200


def test_a_company_that_was_resumed_in_time_is_not(acme: Api) -> None:
    deletions.ask("acme", TERMS)
    tenants_api.resume("acme")
    with clock.shifted(TERMS.grace + timedelta(minutes=1)):
        assert drain() == [Outcome.DONE]

    assert tenants_api.company(acme.company_id).is_open
