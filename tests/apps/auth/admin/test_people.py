"""People, memberships and signing keys in the admin."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

from apps.audit.api import PLATFORM
from apps.auth.domain import acting, password_reset
from apps.auth.models import Member, Person, SigningKey
from apps.staff.domain import accounts
from tests import staff
from tests.api import PASSWORD, Api
from tests.audited import Audited

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pymongo.database import Database

AUTH = "/admin/novapulse_auth"


@pytest.fixture
def browser(db: None) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def act(browser: Client, kind: str, key: object, name: str, **given: object) -> str:
    """Do it, and give the page that one sees then."""
    answer = browser.post(f"{AUTH}/{kind}/{key}/{name}/", {"reason": "a trial", **given}, follow=True)
    return str(answer.content.decode())


def identity_of(member: Api) -> object:
    return Person.objects.get(email=member.email).pk


def can_sign_in(member: Api) -> bool:
    return Api().post("/auth/login", {"email": member.email, "password": PASSWORD}).status_code == 200


def test_people_are_found_by_their_whole_address(browser: Client, acme: Api, rival: Api) -> None:
    found = browser.get(f"{AUTH}/person/?q=Owner@ACME.example").content.decode()

    assert "owner@acme.example" in found
    assert "owner@rival.example" not in found


def test_nothing_that_opens_anything_is_read() -> None:
    read = {field.column for model in (Person, Member, SigningKey) for field in model._meta.fields}

    assert not {name for name in read if any(word in name for word in ("hash", "secret", "private", "token"))}


def test_sessions_are_ended(browser: Client, acme: Api, rival: Api) -> None:
    page = act(browser, "person", identity_of(acme), "end_sessions")

    assert "1 sessions of" in page
    assert acme.get("/me").status_code == 401
    assert rival.get("/me").status_code == 200
    assert can_sign_in(acme)


@pytest.mark.usefixtures("limits")
def test_a_reset_is_mailed_five_times_an_hour_and_recorded_in_the_name_of_who_asked_for_it(
    browser: Client, acme: Api, rival: Api
) -> None:
    key = identity_of(acme)
    pages = [act(browser, "person", key, "send_reset") for _ in range(6)]
    assert password_reset.room.drain(seconds=30)
    letters = [each for each in mail.outbox if "token=" in each.body]

    assert ["is being sent a token" in each for each in pages] == [True] * 5 + [False]
    assert {tuple(each.to) for each in letters} == {("owner@acme.example",)}
    told = acme.get("/audit-events?action=password.reset_asked").json()["data"]
    assert {(each["actor"]["kind"], each["actor"]["name"]) for each in told} == {("operator", staff.EMAIL)}
    assert acme.get("/me").status_code == 200


def test_nobody_who_is_deactivated_is_mailed_a_reset(browser: Client, acme: Api) -> None:
    act(browser, "person", identity_of(acme), "deactivate")
    mail.outbox.clear()

    assert "owner@acme.example is deactivated." in act(browser, "person", identity_of(acme), "send_reset")
    assert mail.outbox == []


def test_a_person_is_deactivated_and_reactivated(browser: Client, acme: Api) -> None:
    key = identity_of(acme)
    assert "is deactivated" in act(browser, "person", key, "deactivate")
    assert not can_sign_in(acme)
    assert "was deactivated already" in act(browser, "person", key, "deactivate")

    assert "may sign in again" in act(browser, "person", key, "reactivate")
    assert can_sign_in(acme)


def test_who_has_no_second_factor_loses_none(browser: Client, acme: Api) -> None:
    assert "has no second factor" in act(browser, "person", identity_of(acme), "forget_second_factor")
    assert acme.get("/me").status_code == 200


def test_members_are_shown_with_their_names_and_narrowed_to_a_company(
    browser: Client, acme: Api, rival: Api, new_member: Callable[..., Api]
) -> None:
    new_member(acme, "viewer")
    everybody = browser.get(f"{AUTH}/member/").content.decode()
    ours = browser.get(f"{AUTH}/member/?company=acme").content.decode()

    assert "owner@rival.example" in everybody
    assert "viewer@acme.example" in ours
    assert "Acme (acme)" in ours
    assert "owner@rival.example" not in ours
    assert "owner@acme.example" not in browser.get(f"{AUTH}/member/?company=nobody").content.decode()


def test_whose_members_are_read_hears_of_it(
    browser: Client, acme: Api, rival: Api, database: Database[dict[str, Any]]
) -> None:
    audited = Audited(database)
    told: dict[str, list[tuple[object, object]]] = {}
    for page in ("?company=acme", f"{acme.user['membership_id']}/change/", "?company=nobody", ""):
        browser.get(f"{AUTH}/member/{page}")
        told[page] = [(each["company_id"], each["target"]["id"]) for each in audited.told()]
        audited.forget()

    assert told == {
        "?company=acme": [(acme.company_id, "list")],
        f"{acme.user['membership_id']}/change/": [(acme.company_id, acme.membership_id)],
        "?company=nobody": [(PLATFORM.company_id, "list")],
        "": [(PLATFORM.company_id, "list")],
    }


def test_members_are_narrowed_by_the_filters_alone(browser: Client, acme: Api) -> None:
    assert browser.get(f"{AUTH}/member/?company_id={acme.company_id}").status_code == 400
    assert browser.get(f"{AUTH}/member/?role__exact=owner").status_code == 200


def test_credentials_of_a_member_are_ended(browser: Client, acme: Api, rival: Api) -> None:
    page = act(browser, "member", acme.user["membership_id"], "end_credentials")

    assert "have ended" in page
    assert acme.get("/me").status_code == 401
    assert rival.get("/me").status_code == 200


def test_staff_act_as_a_member_by_a_token_that_is_shown_once(browser: Client, acme: Api, rival: Api) -> None:
    page = act(browser, "member", acme.user["membership_id"], "act_as", minutes=15, access="read-only")
    told = html.unescape(page)
    staffs = Api(re.findall(r"Bearer ([\w.-]+)", told)[0])

    assert "curl -H" in told
    assert staffs.get("/me").json()["acted_by"] == staff.EMAIL
    (record,) = acme.get("/audit-events?action=acting.begun").json()["data"]
    assert (record["actor"]["kind"], record["actor"]["name"]) == ("operator", staff.EMAIL)
    assert staffs.token not in browser.get(f"{AUTH}/member/{acme.user['membership_id']}/history/").content.decode()
    assert "owner@acme.example" in browser.get("/admin/boards/actings/").content.decode()


def test_staff_write_as_a_member_only_where_that_is_confirmed(browser: Client, acme: Api) -> None:
    wanted = {"minutes": 15, "access": "read-write"}
    refused = act(browser, "member", acme.user["membership_id"], "act_as", **wanted)
    given = act(browser, "member", acme.user["membership_id"], "act_as", **wanted, is_sure="on")

    assert "Confirm that changes are to be made" in refused
    assert "Bearer" not in refused
    assert "read-write" in given


def test_staff_end_what_they_act_as(browser: Client, acme: Api) -> None:
    page = act(browser, "member", acme.user["membership_id"], "act_as", minutes=60, access="read-only")
    staffs = Api(re.findall(r"Bearer ([\w.-]+)", html.unescape(page))[0])
    own = next(each["id"] for each in acme.get("/me/sessions").json()["data"] if each["kind"] == "operator")
    ended = browser.post(f"/admin/boards/actings/end/?key={own}", {"reason": "a trial"}, follow=True)

    assert "It has ended" in ended.content.decode()
    assert staffs.get("/me").status_code == 401
    assert browser.post("/admin/boards/actings/end/?key=x", {"reason": "a trial"}).status_code == 200


@pytest.mark.parametrize("shut_out", [accounts.deactivate, accounts.reset])
def test_whoever_is_shut_out_while_they_begin_gets_no_token(
    browser: Client, acme: Api, monkeypatch: pytest.MonkeyPatch, shut_out: Callable[[str], object]
) -> None:
    begin = acting.begin

    def late(*asked: Any, **how: Any) -> object:  # whatever they act as was ended a moment ago
        shut_out(staff.EMAIL)
        return begin(*asked, **how)

    monkeypatch.setattr(acting, "begin", late)
    asked = {"reason": "a trial", "minutes": 15, "access": "read-only"}
    answer = browser.post(f"{AUTH}/member/{acme.user['membership_id']}/act_as/", asked)

    assert answer.status_code == 403
    assert acting.under_way() == []
    assert len(acme.get("/audit-events?action=acting.begun,acting.ended").json()["data"]) == 2


def test_who_may_only_look_acts_as_nobody(db: None, acme: Api) -> None:
    reader = staff.signed_in(accounts.create_reader(staff.EMAIL))
    asked = {"reason": "a trial", "minutes": 15, "access": "read-only"}

    assert reader.post(f"{AUTH}/member/{acme.user['membership_id']}/act_as/", asked).status_code == 403


def test_signing_keys_are_shown(browser: Client, acme: Api) -> None:
    assert "Active" in browser.get(f"{AUTH}/signingkey/").content.decode()
