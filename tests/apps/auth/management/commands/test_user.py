"""`manage.py user`, as an operator calls it."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from apps.auth.domain import acting
from apps.auth.enums import Access
from tests.api import PASSWORD, Api
from tests.apps.auth.ends import is_good
from tests.audited import Audited
from tests.authenticator import enrolled

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database


WHY = ("--reason", "Case 4711")


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("user", *arguments, stdout=out)
    return out.getvalue().strip()


def _login(email: str) -> int:
    return Api().post("/auth/login", {"email": email, "password": PASSWORD}).status_code


def test_person_is_shut_out_and_let_in_again(acme: Api, rival: Api) -> None:
    done = run("deactivate", *WHY, acme.email)
    assert done == f"Done! {acme.email} is deactivated: it ends 1 session in 1 company."
    assert (_login(acme.email), _login(rival.email)) == (401, 200)
    assert run("deactivate", *WHY, acme.email) == f"{acme.email} is deactivated already; nothing was changed."
    assert run("reactivate", *WHY, acme.email) == f"Done! {acme.email} is reactivated: what had ended stays so."
    assert run("reactivate", *WHY, acme.email) == f"{acme.email} is not deactivated; nothing was changed."
    assert (_login(acme.email), is_good(acme.token)) == (200, False)


def test_refusal_of_a_login_is_that_of_a_wrong_password(acme: Api) -> None:
    def refusal(password: str) -> bytes:
        body = {"email": acme.email, "password": password}
        return bytes(Api().post("/auth/login", body, X_Request_ID="same-for-all").content)

    wrong = refusal(PASSWORD + "!")
    run("deactivate", *WHY, acme.email)
    assert refusal(PASSWORD) == wrong


def test_invitation_brings_nobody_back(acme: Api, rival: Api, new_member: Callable[..., Api]) -> None:
    """Neither an account whose address is verified, nor one that its invitation would have handed over."""
    new_member(acme, "member", email="anna@acme.example")
    for email in ("anna@acme.example", acme.email):
        run("deactivate", *WHY, email)
        with pytest.raises(KeyError, match="access_token"):
            new_member(rival, "member", email=email)
        assert _login(email) == 401


def test_dry_run_changes_nothing(acme: Api) -> None:
    would = run("deactivate", *WHY, acme.email, "--dry-run")
    assert would == f"{acme.email} would be deactivated: it ends 1 session in 1 company; nothing was changed."
    assert (_login(acme.email), is_good(acme.token)) == (200, True)


def test_json_tells_programs_the_same(acme: Api) -> None:
    facts = {"id": acme.get("/me").json()["id"], "email": acme.email, "companies": 1, "sessions": 1}
    assert json.loads(run("deactivate", *WHY, acme.email, "--json", "--dry-run")) == {**facts, "changed": False}
    assert json.loads(run("deactivate", *WHY, acme.email, "--json")) == {**facts, "changed": True}


def test_lost_second_factor_is_taken_away_and_the_password_signs_in(acme: Api, rival: Api) -> None:
    enrolled(acme)
    enrolled(rival)
    effect = "without a second factor: it ends 1 session in 1 company"
    would = run("reset-mfa", *WHY, acme.email, "--dry-run")
    assert would == f"{acme.email} would be {effect}; nothing was changed."
    assert _login(acme.email) == 401
    assert run("reset-mfa", *WHY, acme.email) == f"Done! {acme.email} is {effect}."
    assert (_login(acme.email), is_good(acme.token), _login(rival.email)) == (200, False, 401)
    assert run("reset-mfa", *WHY, acme.email) == f"{acme.email} has no second factor; nothing was changed."


def test_unknown_address_is_one_sentence(database: object) -> None:
    with pytest.raises(CommandError, match=r"^There is no account with the address or id nobody@acme\.example\.$"):
        run("deactivate", *WHY, "nobody@acme.example")


def test_database_that_is_away_is_one_sentence(mongo_refused: None) -> None:
    with pytest.raises(
        CommandError, match=r"^The database does not answer; nothing was changed, so a retry is safe\.$"
    ):
        run("deactivate", *WHY, "anna@acme.example")


def test_sessions_end_everywhere_and_the_password_signs_in_again(acme: Api, rival: Api) -> None:
    key = acme.post("/api-keys", {"name": "Robot"}).json()["key"]
    assert run("end-sessions", *WHY, acme.email) == (
        f"Done! {acme.email} has to sign in anew: it ends 1 session in 1 company."
    )
    assert [is_good(each.token) for each in (acme, rival)] == [False, True]
    assert (_login(acme.email), Api(key).get("/me").status_code) == (200, 200)


def test_who_is_signed_in_nowhere_has_nothing_to_end(acme: Api) -> None:
    acme.post("/auth/logout")
    assert run("end-sessions", *WHY, acme.email) == f"{acme.email} is signed in nowhere; nothing was changed."


def test_a_person_is_shown_with_companies_and_sessions_and_nothing_of_others(acme: Api, rival: Api) -> None:
    shown = run("show", acme.email)
    first, *_, last = shown.splitlines()

    person = acme.get("/me").json()
    assert first == f"{person['name']} <{acme.email}>, id {person['id']}: active, without a second factor."
    assert last == "1 companies, 1 live sessions, 0 API keys."
    assert ("acme" in shown, "rival" in shown) == (True, False)
    assert json.loads(run("show", person["id"], "--json"))["email"] == acme.email


def test_staff_who_act_as_them_are_told_from_themselves(acme: Api) -> None:
    how: Any = {"operator": "ada@x.example", "access": Access.READ_ONLY, "length": timedelta(minutes=15)}
    acting.begin(acme.membership_id, **how)

    assert run("show", acme.email).count("staff: ada@x.example") == 1


def test_what_a_customer_has_written_commands_no_terminal(acme: Api) -> None:
    acme.patch("/me", {"name": "Ann\u009b2J"})
    assert run("show", acme.email).startswith("Ann?2J <")


def test_the_audit_has_why(acme: Api, database: Database[dict[str, Any]]) -> None:
    audited = Audited(database)
    run("deactivate", *WHY, acme.email)
    assert {each["reason"] for each in audited.told() if each["action"] == "person.deactivated"} == {"Case 4711"}


def test_without_a_reason_nothing_is_done(acme: Api) -> None:
    with pytest.raises(CommandError, match="arguments are required: --reason"):
        run("deactivate", acme.email)
    assert _login(acme.email) == 200
