"""`manage.py identities`, as an operator calls it."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from tests.api import PASSWORD, Api
from tests.apps.auth.ends import is_good
from tests.authenticator import enrolled

if TYPE_CHECKING:
    from collections.abc import Callable


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("identities", *arguments, stdout=out)
    return out.getvalue().strip()


def _login(email: str) -> int:
    return Api().post("/auth/login", {"email": email, "password": PASSWORD}).status_code


def test_person_is_shut_out_and_let_in_again(acme: Api, rival: Api) -> None:
    done = run("deactivate", acme.email)
    assert done == f"Done! {acme.email} is deactivated: it ends 1 session in 1 company."
    assert (_login(acme.email), _login(rival.email)) == (401, 200)
    assert run("deactivate", acme.email) == f"{acme.email} is deactivated already; nothing was changed."
    assert run("reactivate", acme.email) == f"Done! {acme.email} is reactivated: what had ended stays so."
    assert run("reactivate", acme.email) == f"{acme.email} is not deactivated; nothing was changed."
    assert (_login(acme.email), is_good(acme.token)) == (200, False)


def test_refusal_of_a_login_is_that_of_a_wrong_password(acme: Api) -> None:
    def refusal(password: str) -> bytes:
        body = {"email": acme.email, "password": password}
        return bytes(Api().post("/auth/login", body, X_Request_ID="same-for-all").content)

    wrong = refusal(PASSWORD + "!")
    run("deactivate", acme.email)
    assert refusal(PASSWORD) == wrong


def test_invitation_brings_nobody_back(acme: Api, rival: Api, new_member: Callable[..., Api]) -> None:
    """Neither an account whose address is verified, nor one that its invitation would have handed over."""
    new_member(acme, "member", email="anna@acme.example")
    for email in ("anna@acme.example", acme.email):
        run("deactivate", email)
        with pytest.raises(KeyError, match="access_token"):
            new_member(rival, "member", email=email)
        assert _login(email) == 401


def test_dry_run_changes_nothing(acme: Api) -> None:
    would = run("deactivate", acme.email, "--dry-run")
    assert would == f"{acme.email} would be deactivated: it ends 1 session in 1 company; nothing was changed."
    assert (_login(acme.email), is_good(acme.token)) == (200, True)


def test_json_tells_programs_the_same(acme: Api) -> None:
    facts = {"id": acme.get("/me").json()["id"], "email": acme.email, "companies": 1, "sessions": 1}
    assert json.loads(run("deactivate", acme.email, "--json", "--dry-run")) == {**facts, "changed": False}
    assert json.loads(run("deactivate", acme.email, "--json")) == {**facts, "changed": True}


def test_lost_second_factor_is_taken_away_and_the_password_signs_in(acme: Api, rival: Api) -> None:
    enrolled(acme)
    enrolled(rival)
    effect = "without a second factor: it ends 1 session in 1 company"
    would = run("forget-second-factor", acme.email, "--dry-run")
    assert would == f"{acme.email} would be {effect}; nothing was changed."
    assert _login(acme.email) == 401
    assert run("forget-second-factor", acme.email) == f"Done! {acme.email} is {effect}."
    assert (_login(acme.email), is_good(acme.token), _login(rival.email)) == (200, False, 401)
    assert run("forget-second-factor", acme.email) == f"{acme.email} has no second factor; nothing was changed."


def test_unknown_address_is_one_sentence(database: object) -> None:
    with pytest.raises(CommandError, match=r"^There is no account with the address nobody@acme\.example\.$"):
        run("deactivate", "nobody@acme.example")


def test_database_that_is_away_is_one_sentence(mongo_refused: None) -> None:
    with pytest.raises(
        CommandError, match=r"^The database does not answer; nothing was changed, so a retry is safe\.$"
    ):
        run("deactivate", "anna@acme.example")
