"""Sign-ins that race with what ends them, and hashes that grow old."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.test import override_settings

from apps.auth.domain import identities, passwords, sessions, signin
from apps.auth.domain.sessions import Device
from apps.auth.domain.signin import Credentials
from apps.auth.errors import InvalidCredentials
from novapulse.context import Principal
from novapulse.errors import Unauthenticated
from tests.api import PASSWORD

if TYPE_CHECKING:
    from pymongo.database import Database

    from apps.auth.domain.identities import IdentityRecord
    from tests.api import Api

DEVICE = Device("pytest", "127.0.0.1")


def _stored(database: Database[dict[str, Any]], api: Api) -> dict[str, Any]:
    found = database.identities.find_one({"email": api.email})
    assert found is not None
    return found


def test_hash_is_renewed_at_login_when_the_parameters_have_changed(
    acme: Api, database: Database[dict[str, Any]]
) -> None:
    before = _stored(database, acme)
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"]):
        signin.log_in(Credentials(acme.email, PASSWORD, None), device=DEVICE)
    after = _stored(database, acme)
    assert "m=8," in before["password_hash"]
    assert "m=102400," in after["password_hash"]
    assert after["version"] == before["version"]


def test_login_fails_when_the_password_is_changed_while_it_is_compared(
    acme: Api, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new password is committed after the old one was compared, and before the session starts."""
    compare, before = passwords.matches, database.sessions.count_documents({})

    def slowly(identity: IdentityRecord | None, *, password: str) -> bool:
        found = compare(identity, password=password)
        database.identities.update_one({"email": acme.email}, {"$set": {"password_hash": "another"}})
        return found

    monkeypatch.setattr(passwords, "matches", slowly)
    with pytest.raises(InvalidCredentials):
        signin.log_in(Credentials(acme.email, PASSWORD, None), device=DEVICE)
    assert database.sessions.count_documents({}) == before


def test_switch_fails_when_the_session_has_ended_though_the_token_still_lives(
    acme: Api, rival: Api, database: Database[dict[str, Any]]
) -> None:
    session = database.sessions.find_one({"membership_id": acme.membership_id})
    assert session is not None
    sessions.end(session["_id"], reason="logout")
    principal = Principal("person", ObjectId(acme.user["id"]), acme.membership_id, session["_id"], "owner")
    with pytest.raises(Unauthenticated):
        signin.switch(principal, company_slug="acme", device=DEVICE)
    assert database.sessions.count_documents({}) == 2  # those of the two signups


def test_secrets_do_not_show_when_they_are_printed(acme: Api) -> None:
    credentials = Credentials(acme.email, PASSWORD, None)
    grant = signin.log_in(credentials, device=DEVICE)
    shown = f"{credentials!r} {grant!r} {grant!s}"
    assert PASSWORD not in shown
    assert grant.access_token not in shown
    assert identities.by_email(acme.email) is not None
