"""Sign-ins that race with what ends them, and hashes that grow old."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.test import override_settings

from apps.auth.domain import (
    deactivation,
    endings,
    grants,
    identities,
    members,
    memberships,
    mfa,
    passwords,
    refresh_tokens,
    sessions,
    signin,
    tokens,
)
from apps.auth.domain.sessions import Device
from apps.auth.domain.signin import Credentials
from apps.auth.enums import Role
from apps.auth.errors import InvalidCredentials, InvalidRefreshToken
from apps.tenants import api as tenants_api
from apps.tenants.domain import standing
from novapulse.context import Principal
from novapulse.data import transaction
from novapulse.errors import NotFound, Unauthenticated
from tests import people
from tests.api import PASSWORD
from tests.apps.auth.ends import credential_of, is_good
from tests.authenticator import Authenticator

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from apps.auth.domain.grants import Grant
    from apps.auth.domain.identities import IdentityRecord
    from apps.auth.domain.refresh_tokens import Presented
    from apps.auth.domain.sessions import SessionRecord
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


def test_login_without_a_code_fails_when_the_second_factor_is_confirmed_meanwhile(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare, identity_id = passwords.matches, ObjectId(acme.user["id"])
    authenticator = Authenticator(mfa.enrol(identity_id).secret)

    def slowly(identity: IdentityRecord | None, *, password: str) -> bool:
        mfa.confirm(identity_id, otp=authenticator.code(), session_id=ObjectId())
        return compare(identity, password=password)

    monkeypatch.setattr(passwords, "matches", slowly)
    with pytest.raises(InvalidCredentials):
        signin.log_in(Credentials(acme.email, PASSWORD, None), device=DEVICE)
    assert sessions.count_live(identity_id=identity_id) == 0


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


def _role(home: Api) -> None:
    _by(home, lambda: members.change_role(home.membership_id, role=Role.VIEWER))


def _removal(home: Api) -> None:
    _by(home, lambda: members.remove(home.membership_id))


def _removal_and_return(home: Api) -> None:
    _removal(home)
    returned = memberships.begin_again(home.company_id, identity_id=ObjectId(home.user["id"]), role=Role.ADMIN)
    assert returned is not None


def _by(home: Api, work: Callable[[], object]) -> None:
    """Do it in the name of another owner of the company."""
    company = tenants_api.company(home.company_id)
    with people.acting(people.person(company, role=Role.OWNER)):
        work()


def _logout(home: Api) -> None:
    sessions.end(ObjectId(credential_of(home.token).credential_id), reason="logout")


def _logout_everywhere(home: Api) -> None:
    transaction.run(lambda: endings.end_sign_ins_of(ObjectId(home.user["id"]), reason="logout-all"))


def _deactivation(home: Api) -> None:
    deactivation.deactivate(deactivation.account(home.email))


def _suspension(home: Api) -> None:
    standing.suspend(home.company["slug"])


def _suspension_and_resumption(home: Api) -> None:
    _suspension(home)
    standing.resume(home.company["slug"])


REVOCATIONS = (
    _role,
    _removal,
    _removal_and_return,
    _logout,
    _logout_everywhere,
    _deactivation,
    _suspension,
    _suspension_and_resumption,
)


@pytest.mark.parametrize("revoke", REVOCATIONS)
def test_refresh_that_has_read_the_membership_before_it_was_revoked_gives_nothing_of_use(
    acme: Api, monkeypatch: pytest.MonkeyPatch, revoke: Callable[[Api], None]
) -> None:
    rotate = refresh_tokens.rotate

    def late(presented: Presented) -> SessionRecord:
        revoke(acme)
        return rotate(presented)

    monkeypatch.setattr(refresh_tokens, "rotate", late)
    try:
        grant = signin.refresh(refresh_tokens.read(acme.refresh_token))
    except InvalidRefreshToken:
        return
    assert not is_good(grant.access_token)


@pytest.mark.parametrize("revoke", REVOCATIONS)
def test_refresh_that_has_rotated_before_it_was_revoked_gives_nothing_of_use(
    acme: Api, monkeypatch: pytest.MonkeyPatch, revoke: Callable[[Api], None]
) -> None:
    issue = grants.of

    def late(session: SessionRecord, **seat: Any) -> Grant:
        revoke(acme)
        return issue(session, **seat)

    monkeypatch.setattr(grants, "of", late)
    grant = signin.refresh(refresh_tokens.read(acme.refresh_token))
    assert not is_good(grant.access_token)


@pytest.mark.parametrize(
    ("revoke", "good"),
    [(_role, True), (_removal, False), (_removal_and_return, True), (_deactivation, False), (_suspension, False)],
)
def test_login_that_has_read_the_membership_before_it_was_revoked_carries_what_is_true_now(
    acme: Api, monkeypatch: pytest.MonkeyPatch, revoke: Callable[[Api], None], *, good: bool
) -> None:
    renew = passwords.renewed_hash

    def late(identity: IdentityRecord, *, password: str) -> str:
        revoke(acme)
        return renew(identity, password=password)

    monkeypatch.setattr(passwords, "renewed_hash", late)
    try:
        token = signin.log_in(Credentials(acme.email, PASSWORD, None), device=DEVICE).access_token
    except InvalidCredentials:
        assert not good
        return
    assert is_good(token) == good
    now = memberships.active(acme.membership_id)
    assert now is not None
    assert tokens.read(token).principal.role == now.role


def test_switch_into_a_company_that_lets_one_go_at_the_same_time_starts_nothing(
    acme: Api, rival: Api, new_member: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = new_member(rival, "member", email="anna@acme.example")
    here = new_member(acme, "member", email="anna@acme.example")
    note = sessions.note_switch

    def late(session_id: ObjectId) -> SessionRecord | None:
        """Let the transaction see what was before the removal, which another thread commits in its midst."""
        monkeypatch.setattr(sessions, "note_switch", note)
        noted = note(session_id)
        with ThreadPoolExecutor(1) as other:
            other.submit(_removal, there).result()
        return noted

    monkeypatch.setattr(sessions, "note_switch", late)
    with pytest.raises(NotFound):
        signin.switch(tokens.read(here.token).principal, company_slug="rival", device=DEVICE)
    assert sessions.count_live(membership_id=there.membership_id) == 0


def test_secrets_do_not_show_when_they_are_printed(acme: Api) -> None:
    credentials = Credentials(acme.email, PASSWORD, None)
    grant = signin.log_in(credentials, device=DEVICE)
    shown = f"{credentials!r} {grant!r} {grant!s}"
    assert PASSWORD not in shown
    assert grant.access_token not in shown
    assert identities.by_email(acme.email) is not None
