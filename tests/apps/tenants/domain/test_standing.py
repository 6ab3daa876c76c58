"""A company's way from state to state."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from apps.tenants import api as tenants_api
from apps.tenants.domain import gate_changes, standing
from apps.tenants.enums import CompanyStatus
from apps.tenants.errors import StandingRefused
from novapulse.data import transaction
from novapulse.errors import NotFound
from novapulse.gate.decision import Change, Level
from novapulse.queues import controls
from tests.api import PASSWORD, Api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from apps.tenants.api import Outcome

pytestmark = pytest.mark.usefixtures("database")


def _made(slug: str) -> tenants_api.CompanyRecord:
    return transaction.run(lambda: tenants_api.create_company(name=slug.title(), slug=slug, country="DE"))


def _pending() -> list[Change]:
    return list(gate_changes.pending().values())


def test_suspension_raises_the_credential_version_and_is_announced() -> None:
    made, rival = _made("acme"), _made("rival")
    outcome = standing.suspend("acme")
    assert outcome.is_changed
    assert outcome.company == tenants_api.company(made.id)
    assert (outcome.company.status, outcome.company.credential_version, outcome.company.version) == ("suspended", 2, 2)
    assert set(_pending()) == {Change(level, str(made.id), str(made.id), 2) for level in (Level.COMPANY, Level.LIMITS)}
    assert tenants_api.company(rival.id) == rival


def test_second_suspension_changes_and_announces_nothing() -> None:
    _made("acme")
    first = standing.suspend("acme")
    second = standing.suspend("acme")
    assert (second.is_changed, second.company) == (False, first.company)
    assert len(_pending()) == 2


def test_suspensions_at_once_count_as_one() -> None:
    _made("acme")
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(standing.suspend, ["acme"] * 8))
    assert sum(outcome.is_changed for outcome in outcomes) == 1
    assert {outcome.company.credential_version for outcome in outcomes} == {2}
    assert len(_pending()) == 2


def test_suspension_is_not_committed_when_it_cannot_be_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _made("acme")

    def fail(_changes: Iterable[Change]) -> None:
        raise ConnectionError

    monkeypatch.setattr(standing, "announce", fail)
    with pytest.raises(ConnectionError):
        standing.suspend("acme")
    assert tenants_api.company(made.id) == made


def test_resumed_company_is_open_and_its_credential_version_stays_raised() -> None:
    made = _made("acme")
    standing.suspend("acme")
    outcome = standing.resume("acme")
    assert outcome.is_changed
    assert outcome.company == tenants_api.company(made.id)
    assert (outcome.company.is_open, outcome.company.credential_version, outcome.company.version) == (True, 2, 3)
    assert not standing.resume("acme").is_changed


def _in(status: CompanyStatus) -> tenants_api.CompanyRecord:
    made = _made("acme")
    ways = {way.to: way for way in (standing.SUSPENDING, standing.MAKING_READ_ONLY, standing.DELETING)}
    if status in ways:
        standing.go("acme", ways[status])
    return tenants_api.company(made.id)


@pytest.mark.parametrize(
    ("status", "change", "then"),
    [
        (CompanyStatus.ACTIVE, standing.make_read_only, "read_only"),
        (CompanyStatus.SUSPENDED, standing.make_read_only, "read_only"),
        (CompanyStatus.DELETING, standing.make_read_only, "refused"),
        (CompanyStatus.READ_ONLY, standing.suspend, "suspended"),
        (CompanyStatus.DELETING, standing.suspend, "refused"),
        (CompanyStatus.READ_ONLY, standing.resume, "active"),
        (CompanyStatus.DELETING, standing.resume, "active"),
    ],
)
def test_company_goes_no_way_that_does_not_begin_where_it_is(
    status: CompanyStatus, change: Callable[[str], Outcome], then: str
) -> None:
    before = _in(status)
    if then == "refused":
        with pytest.raises(StandingRefused, match=f"acme is {status.word}"):
            change("acme")
        assert tenants_api.company(before.id) == before
    else:
        assert change("acme").company.status == then


def test_read_only_leaves_credentials_good_and_tells_the_gate_by_the_limits() -> None:
    made = _made("acme")
    outcome = standing.make_read_only("acme")
    assert (outcome.company.is_open, outcome.company.is_read_only) == (True, True)
    assert outcome.company.credential_version == made.credential_version
    limits = tenants_api.limits_of(outcome.company)
    assert (limits.is_read_only, limits.version) == (True, 2)
    assert Change(Level.LIMITS, str(made.id), str(made.id), 2) in _pending()


def test_way_takes_further_fields_as_they_are(database: Any) -> None:
    _made("acme")
    standing.go("acme", standing.DELETING, also={"delete_reason": "$slug"})
    assert database["companies"].find_one({"slug": "acme"})["delete_reason"] == "$slug"


def test_workers_park_the_tasks_of_a_company_that_is_closed_and_drop_those_of_one_that_is_gone() -> None:
    made, rival = _made("acme"), _made("rival")
    held = str(made.id)
    for change, parked in ((standing.suspend, {held}), (standing.resume, set()), (standing.make_read_only, set())):
        change("acme")
        assert controls.paused_now().companies == parked
    standing.go("acme", standing.DELETING)
    assert [(each.name, each.by) for each in controls.listed()] == [(f"parked:{held}", "deleting")]
    transaction.run(lambda: standing.begin_deletion(made.id))
    assert (controls.paused_now().gone, controls.listed()) == ({held}, [])
    assert rival.is_open


def test_tasks_are_not_parked_where_the_suspension_is_not_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    _made("acme")
    monkeypatch.setattr(standing.audit_api, "record", lambda _entries: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        standing.suspend("acme")
    assert controls.listed() == []


def test_tombstone_frees_the_slug_and_is_shown_to_nobody_who_does_not_look_for_it() -> None:
    made, rival = _in(CompanyStatus.DELETING), _made("rival")
    tomb = transaction.run(lambda: standing.entomb(made.id))
    assert (tomb.status, tomb.slug, tomb.name) == ("deleted", f"acme~{made.id}", "acme")
    assert tenants_api.company_by_slug("acme") is tenants_api.company_by_slug(tomb.slug) is None
    assert (list(tenants_api.every_company()), tenants_api.companies([made.id])) == ([rival], [])
    assert list(tenants_api.tombstones("acme")) == list(tenants_api.tombstones()) == [tomb]
    assert list(tenants_api.tombstones("rival")) == []
    with pytest.raises(NotFound):
        tenants_api.company(made.id)
    assert _made("acme").id != made.id


def test_what_is_being_deleted_cannot_be_resumed_and_nothing_else_is_begun() -> None:
    made, rival = _in(CompanyStatus.DELETING), _made("rival")
    assert [standing.begin_deletion(each.id) for each in (made, made, rival)] == [True, True, False]
    with pytest.raises(StandingRefused):
        standing.resume("acme")
    assert standing.suspend("rival").is_changed


def test_nobody_needs_to_hear_of_a_tombstone_and_nothing_that_was_agreed_is_left_on_it(database: Any) -> None:
    made = _in(CompanyStatus.DELETING)
    database["companies"].update_one({"_id": made.id}, {"$set": {"limit_overrides": {"quota": 5}}})
    database["gate_changes"].delete_many({})
    assert transaction.run(lambda: standing.entomb(made.id)).limit_overrides == {}
    assert _pending() == []


def test_nobody_is_entombed_who_is_not_to_be_deleted() -> None:
    made = _in(CompanyStatus.SUSPENDED)
    with pytest.raises(NotFound):
        transaction.run(lambda: standing.entomb(made.id))
    assert tenants_api.company(made.id) == made


@pytest.mark.parametrize("change", [standing.suspend, standing.resume, standing.make_read_only])
def test_company_that_is_not_there_is_not_found(change: Any) -> None:
    with pytest.raises(NotFound, match="'nobody'"):
        change("nobody")
    assert _pending() == []


def test_nobody_of_a_suspended_company_signs_in_or_goes_on_until_it_is_resumed(acme: Api, rival: Api) -> None:
    standing.suspend("acme")
    assert acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 403
    assert rival.post("/auth/refresh", {"refresh_token": rival.refresh_token}).status_code == 200
    standing.resume("acme")
    assert acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 200


def test_nobody_signs_in_to_a_company_that_is_to_be_deleted(acme: Api, rival: Api) -> None:
    standing.go("acme", standing.DELETING)
    assert [each.get("/me").status_code for each in (acme, rival)] == [401, 200]
    assert acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 403
    assert Api().post("/auth/login", {"email": acme.email, "password": PASSWORD}).status_code == 403


def test_everybody_signs_in_to_a_read_only_company(acme: Api) -> None:
    standing.make_read_only("acme")
    assert acme.get("/me").status_code == 200
    assert acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 200
    assert Api().post("/auth/login", {"email": acme.email, "password": PASSWORD}).status_code == 200
