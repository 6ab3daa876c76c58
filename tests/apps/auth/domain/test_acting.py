"""Acting as a user: what staff may and may not, how it ends, and what the company sees of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth import api as auth_api
from apps.auth.domain import acting, deactivation, permissions, revocations, sessions, tokens
from apps.auth.enums import Access, Role
from apps.auth.errors import CompanySuspended, NotToActAs
from apps.tenants import api as tenants_api
from apps.tenants.domain import standing
from novapulse import clock
from novapulse.errors import Invalid, NotFound
from tests.api import Api
from tests.audited import recorded
from tests.lines import collected

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

ADA = "ada@novapulse.example"
LENGTH = timedelta(minutes=15)
NEVER_FOR_STAFF = (
    ("GET", "/me/sessions", None),  # of other companies as well
    ("GET", "/me/companies", None),
    ("PATCH", "/me", {"name": "Mallory"}),
    ("POST", "/auth/switch", {"company_slug": "rival"}),
    ("POST", "/auth/logout-all", None),
    ("POST", "/auth/mfa:enrol", None),
    ("POST", "/api-keys", {"name": "back door"}),
    ("POST", "/invitations", {"email": "mallory@elsewhere.example", "role": "owner"}),
    ("POST", "/webhooks", {"url": "https://elsewhere.example/in"}),
    ("PATCH", "/company", {"name": "Mine"}),
    ("POST", "/company:export", None),
    ("POST", "/exports", {"format": "csv"}),
    ("POST", "/purges", {"status": ["done"]}),
)


def begun(member: Api, *, access: Access = Access.READ_ONLY, length: timedelta = LENGTH) -> acting.Begun:
    return acting.begin(member.membership_id, operator=ADA, access=access, length=length)


def as_staff(member: Api, **how: Any) -> Api:
    return Api(begun(member, **how).token, company=member.company, user=member.user)


def project(owner: Api) -> str:
    return str(owner.post("/projects", {"key": "APP", "name": "App"}).json()["id"])


def told(company: Api, *actions: str) -> list[dict[str, Any]]:
    return list(company.get(f"/audit-events?sort=at&action={','.join(actions)}").json()["data"])


def test_staff_see_what_the_member_sees_and_nothing_of_another_company(acme: Api, rival: Api) -> None:
    ours, theirs = project(acme), project(rival)
    staff = as_staff(acme)

    assert [each["id"] for each in staff.get("/projects").json()["data"]] == [ours]
    assert staff.get(f"/projects/{theirs}").status_code == 404
    assert staff.get("/me").json()["acted_by"] == ADA
    assert acme.get("/me").json()["acted_by"] is None


def test_reading_staff_change_nothing(acme: Api) -> None:
    own = project(acme)
    staff = as_staff(acme)

    assert staff.post("/tasks", {"project_id": own, "title": "Fix"}).status_code == 403
    assert staff.patch(f"/projects/{own}", {"name": "Theirs"}, version=1).status_code == 403
    assert staff.delete(f"/projects/{own}", version=1).status_code == 403


@pytest.mark.parametrize("access", Access)
def test_nothing_leads_staff_further(acme: Api, rival: Api, access: Access) -> None:
    staff = as_staff(acme, access=access)
    answers = {(method, path): staff.send(method, path, body) for method, path, body in NEVER_FOR_STAFF}

    assert {asked: answer.status_code for asked, answer in answers.items()} == dict.fromkeys(answers, 403)


def test_no_permission_of_staff_goes_beyond_what_an_api_key_may_hold_or_is_a_change_unless_asked_for() -> None:
    assert permissions.OF_OPERATORS[Access.READ_WRITE] <= permissions.OF_KEYS
    assert all(word.endswith(".read") for word in permissions.OF_OPERATORS[Access.READ_ONLY])


@pytest.mark.parametrize("role", Role)
def test_staff_never_hold_more_than_the_member(role: Role) -> None:
    for access, scopes in permissions.OF_OPERATORS.items():
        held = {word for word in permissions.TABLE if permissions.is_granted(word, role=role, scopes=scopes)}
        assert held <= {word for word in permissions.TABLE if permissions.is_granted(word, role=role)}, access


def test_writing_staff_do_no_more_than_the_member(acme: Api, new_member: Callable[..., Api]) -> None:
    own = project(acme)
    of_viewer = as_staff(new_member(acme, "viewer"), access=Access.READ_WRITE)
    of_owner = as_staff(acme, access=Access.READ_WRITE)

    assert of_viewer.post("/tasks", {"project_id": own, "title": "Fix"}).status_code == 403
    assert of_owner.post("/tasks", {"project_id": own, "title": "Fix"}).status_code == 201


def test_staff_say_nothing_in_the_name_of_the_member(acme: Api) -> None:
    staff = as_staff(acme, access=Access.READ_WRITE)
    task = acme.post("/tasks", {"project_id": project(acme), "title": "Fix"}).json()["id"]
    said = acme.post(f"/tasks/{task}/comments", {"body": "Mine"}).json()["id"]

    assert staff.post(f"/tasks/{task}/comments", {"body": "Theirs"}).status_code == 403
    assert staff.patch(f"/comments/{said}", {"body": "Theirs"}, version=1).status_code == 403
    assert staff.get(f"/tasks/{task}/comments").json()["data"][0]["body"] == "Mine"


def test_what_staff_change_is_recorded_in_their_name(acme: Api) -> None:
    own, staff = project(acme), as_staff(acme, access=Access.READ_WRITE)
    staff.post("/tasks", {"project_id": own, "title": "Fix"})
    staff.patch("/company", {"name": "Mine"})
    actors = [each["actor"] for each in told(acme, "task.created", "access.denied")]

    assert [(each["kind"], each["name"], each["membership_id"]) for each in actors] == [
        ("operator", ADA, acme.user["membership_id"])
    ] * 2


def test_where_a_second_factor_is_missing_staff_see_next_to_nothing(acme: Api, database: Database[Any]) -> None:
    database.companies.update_one({"slug": "acme"}, {"$set": {"mfa_required": True}})
    staff = as_staff(acme, access=Access.READ_WRITE)

    assert staff.get("/me").status_code == 200
    assert staff.get("/projects").status_code == 403


def test_member_sees_it_and_ends_it(acme: Api) -> None:
    staff = as_staff(acme)
    (own,) = [each for each in acme.get("/me/sessions").json()["data"] if each["kind"] == "operator"]
    assert (own["acted_by"], own["current"]) == (ADA, False)

    assert acme.delete(f"/me/sessions/{own['id']}").status_code == 204
    assert staff.get("/me").status_code == 401
    assert acme.get("/me").status_code == 200


def test_staff_end_it(acme: Api) -> None:
    first, second = begun(acme), begun(acme)
    acting.end(first.session.id)

    assert (Api(first.token).get("/me").status_code, Api(second.token).get("/me").status_code) == (401, 200)
    with pytest.raises(NotFound):
        acting.end(first.session.id)


def test_it_ends_at_its_time(acme: Api) -> None:
    staff = as_staff(acme, length=timedelta(minutes=60))

    with clock.shifted(timedelta(minutes=59)):
        assert staff.get("/me").status_code == 200
    with clock.shifted(timedelta(minutes=60, seconds=1)):
        assert staff.get("/me").status_code == 401
        assert acting.under_way() == []
        assert all(each["kind"] == "person" for each in _signed_in_again(acme).get("/me/sessions").json()["data"])


def _signed_in_again(member: Api) -> Api:
    granted = Api().post("/auth/refresh", {"refresh_token": member.refresh_token}).json()
    return Api(granted["access_token"])


ENDS: dict[str, Callable[[Api], object]] = {
    "the member's": lambda member: revocations.of_membership(member.membership_id).apply(),
    "the session": lambda _: sessions.end(acting.under_way()[0].id, reason="logout"),
    "the company's": lambda _: standing.suspend("acme"),
}


@pytest.mark.parametrize("ended", ENDS)
def test_it_ends_with_what_it_stands_on_and_the_company_is_told_once(
    ended: str, acme: Api, rival: Api, database: Database[Any]
) -> None:
    staff, other = as_staff(acme), as_staff(rival)
    ENDS[ended](acme)

    assert (staff.get("/me").status_code, other.get("/me").status_code) == (401, 200)
    assert (acting.tell_ended(), acting.tell_ended()) == (1, 0)
    records = [each for each in recorded(database) if each["company_id"] == acme.company_id]
    assert [each["action"] for each in records if "acting" in each["action"]] == ["acting.begun", "acting.ended"]
    assert len(acting.under_way()) == 1


def test_company_is_told_of_beginning_and_end(acme: Api, rival: Api) -> None:
    begun(acme)
    with clock.shifted(LENGTH):
        auth_api.tidy()
    first, last = told(acme, "acting.begun", "acting.ended")

    assert first["target"] == last["target"] == {"type": "member", "id": acme.user["membership_id"]}
    assert (first["details"], last["reason"]) == ({"access": "read-only"}, "expired")
    assert told(rival, "acting.begun", "acting.ended") == []


def test_there_is_no_refresh_token_and_the_token_names_its_actor(acme: Api) -> None:
    made = begun(acme)
    claims = tokens.AccessToken(made.token).payload  # type: ignore[arg-type]  # simplejwt takes text

    assert claims["act"] == {"sub": ADA}
    assert claims["exp"] == int(made.session.good_until.timestamp())
    assert made.session.good_until - made.session.created_at <= LENGTH + timedelta(seconds=1)


def test_whose_token_is_revoked_acts_no_more_and_the_company_is_told(acme: Api) -> None:
    made = begun(acme)
    jti = tokens.read(made.token).credential.token_id
    revocations.of_token(jti, session_id=made.session.id).apply()

    assert Api(made.token).get("/me").status_code == 401
    assert acting.under_way() == []
    auth_api.tidy()
    assert [each["reason"] for each in told(acme, "acting.ended")] == ["revoked-by-operator"]


def test_where_mongodb_is_away_ends_are_told_later(acme: Api, no_mongodb: None) -> None:
    with collected("novapulse.auth") as lines:
        assert acting.tell_ended() == 0

    assert [each["event"] for each in lines.taken()] == ["auth.actings_told_later"]


def test_nobody_acts_as_a_service_account_or_as_whoever_was_shut_out(acme: Api, database: Database[Any]) -> None:
    made = acme.post("/api-keys", {"name": "CI", "service_account": {"name": "CI", "role": "member"}}).json()
    database.identities.update_one({"_id": ObjectId(acme.user["id"])}, {"$set": {"deactivated_at": clock.now()}})

    for membership_id in (ObjectId(made["membership_id"]), acme.membership_id):
        with pytest.raises(NotToActAs):
            acting.begin(membership_id, operator=ADA, access=Access.READ_ONLY, length=LENGTH)


def test_nobody_acts_as_whoever_is_shut_out_at_the_same_time(acme: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    read = tenants_api.company
    late = [deactivation.account(acme.email)]

    def company(company_id: ObjectId) -> object:  # which is read last before the transaction
        while late:
            deactivation.deactivate(late.pop())
        return read(company_id)

    monkeypatch.setattr(tenants_api, "company", company)
    with pytest.raises(NotToActAs):
        begun(acme)
    assert acting.under_way() == []


def test_nobody_acts_in_a_suspended_company_as_nobody_or_for_too_long(acme: Api) -> None:
    with pytest.raises(Invalid):
        begun(acme, length=timedelta(minutes=61))
    with pytest.raises(NotFound):
        acting.begin(ObjectId(), operator=ADA, access=Access.READ_ONLY, length=LENGTH)
    standing.suspend("acme")
    with pytest.raises(CompanySuspended):
        begun(acme)


def test_whoever_is_shut_out_acts_as_nobody_any_more(acme: Api) -> None:
    hers, his = (
        as_staff(acme),
        acting.begin(acme.membership_id, operator="bob@novapulse.example", access=Access.READ_ONLY, length=LENGTH),
    )

    assert auth_api.end_actings_of(ADA) == 1
    assert (hers.get("/me").status_code, Api(his.token).get("/me").status_code) == (401, 200)


def test_that_one_has_ended_meanwhile_keeps_none_of_the_others_going(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, listed = [begun(acme), begun(acme)], acting.under_way()
    acting.end(listed[0].id)
    monkeypatch.setattr(acting, "under_way", lambda: listed)

    assert auth_api.end_actings_of(ADA) == 2
    assert [Api(each.token).get("/me").status_code for each in made] == [401, 401]
