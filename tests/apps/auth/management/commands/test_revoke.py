"""`manage.py revoke`, as an operator calls it."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from bson import ObjectId
from django.core.management import CommandError, call_command

from tests.api import PASSWORD, Api
from tests.apps.auth.ends import credential_of, is_good

if TYPE_CHECKING:
    from novapulse.gate.decision import Credential


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("revoke", *arguments, "--reason", "Case 4711", stdout=out)
    return out.getvalue().strip()


def _arguments(shown: Credential, action: str) -> list[str]:
    return {
        "session": ["session", shown.credential_id],
        "token": ["token", shown.token_id, "--session", shown.credential_id],
        "membership": ["membership", shown.membership_id],
    }[action]


@pytest.mark.parametrize("action", ["session", "token", "membership"])
def test_just_what_is_named_ends(acme: Api, rival: Api, action: str) -> None:
    again = Api().post("/auth/login", {"email": acme.email, "password": PASSWORD}).json()["access_token"]
    arguments = _arguments(credential_of(acme.token), action)
    counted = ", with 2 sessions" if action == "membership" else ""
    what = f"the {action} {arguments[1]} of company {acme.company_id}{counted}"
    assert run(*arguments, "--dry-run") == f"Would end {what}; nothing was changed."
    assert is_good(acme.token)
    assert run(*arguments) == f"Done! Ended {what}."
    assert [is_good(each) for each in (acme.token, again, rival.token)] == [False, action != "membership", True]


def test_an_api_key_that_was_found_somewhere_ends_by_its_public_part(acme: Api, rival: Api) -> None:
    found, kept = (Api(each.post("/api-keys", {"name": "CI"}).json()["key"]) for each in (acme, rival))
    told = run("api-key", found.token.split("_")[1])
    assert told.startswith("Done! Ended the api-key ")
    assert told.endswith(f" of company {acme.company_id}.")
    assert [each.get("/tasks").status_code for each in (found, kept)] == [401, 200]


def test_json_tells_programs_the_same(acme: Api) -> None:
    shown = credential_of(acme.token)
    facts = {"level": "credential", "id": shown.credential_id, "company_id": str(acme.company_id), "sessions": 1}
    arguments = ["session", shown.credential_id, "--json"]
    assert json.loads(run(*arguments, "--dry-run")) == {**facts, "changed": False}
    assert json.loads(run(*arguments)) == {**facts, "changed": True}


@pytest.mark.parametrize("action", ["session", "token"])
def test_what_has_ended_is_one_sentence(acme: Api, action: str) -> None:
    shown = credential_of(acme.token)
    run("session", shown.credential_id)
    with pytest.raises(CommandError, match=rf"^There is no live session {shown.credential_id}\.$"):
        run(*_arguments(shown, action))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["session", "x"], "x is no id: those are 24 hexadecimal digits."),
        (["token", "x", "--session", str(ObjectId())], "x is no id of a token: those are 32 lowercase hexadecimal"),
        (["api-key", f"np_{'a' * 10}_{'b' * 40}"], "That is no public part of an API key: give the letters and digits"),
        (["membership", "0" * 24], f"There is no active membership {'0' * 24}."),
    ],
)
def test_what_cannot_be_is_one_sentence(database: object, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)
