"""Changing one's password."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

from apps.auth.domain import identities, password_change, password_reset, passwords, sessions, tokens
from apps.auth.domain.password_change import PasswordChange
from apps.auth.domain.sessions import Device
from apps.auth.enums import Role
from apps.auth.errors import AccountChanged, CompanySuspended, PasswordRefused, ResetNotValid, WrongPassword
from novapulse.context import Principal
from novapulse.errors import InvalidToken
from novapulse.tenancy import scope
from tests import people
from tests.api import PASSWORD
from tests.apps.auth.ends import is_good

if TYPE_CHECKING:
    from apps.auth.domain.identities import IdentityRecord
    from apps.auth.domain.sessions import SessionRecord
    from apps.tenants.api import CompanyRecord

EMAIL, NEW = "anna@acme.example", "seven bridges over a slow river"
DEVICE = Device("pytest", "127.0.0.1")


@pytest.fixture
def home(database: object) -> CompanyRecord:
    """Found a company."""
    return people.company("acme-rockets")


@pytest.fixture
def anna(home: CompanyRecord) -> IdentityRecord:
    """Let Anna have an account."""
    return identities.create(email=EMAIL, name="Anna", password_hash=passwords.accepted(PASSWORD, context=()))


@pytest.fixture
def session(home: CompanyRecord, anna: IdentityRecord) -> SessionRecord:
    """Sign her in."""
    return sessions.start(people.seat(home, identity=anna, role=Role.MEMBER), device=DEVICE)


def changed(session: SessionRecord, *, current: str = PASSWORD, new: str = NEW) -> str:
    """Change the password in the name of a session; give the new access token."""
    principal = Principal("person", session.identity_id, session.membership_id, session.id, "member")
    with scope.company(session.company_id, location="DE"):
        wanted = PasswordChange(current, new)
        return password_change.change(wanted, principal=principal, device=DEVICE).access_token


def test_new_password_opens_the_account_and_the_old_one_does_not(session: SessionRecord) -> None:
    changed(session)
    now = identities.identity(session.identity_id)
    assert [passwords.matches(now, password=each) for each in (PASSWORD, NEW)] == [False, True]


def test_one_session_starts_anew_in_the_same_company(session: SessionRecord) -> None:
    user = tokens.read(changed(session))
    assert user.scope.company_id == session.company_id
    assert user.principal.membership_id == session.membership_id
    assert [each.id for each in sessions.live_of(session.identity_id, limit=9).rows] == [user.principal.credential_id]


def test_wrong_password_changes_nothing(session: SessionRecord, anna: IdentityRecord) -> None:
    with pytest.raises(WrongPassword):
        changed(session, current=NEW)
    assert identities.identity(anna.id) == anna
    assert sessions.by_id(session.id) == session


@pytest.mark.parametrize("weak", ["short", "acme rockets 2026", "anna@acme rockets"])
def test_rules_of_passwords_apply(session: SessionRecord, weak: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        changed(session, new=weak)
    assert [field.pointer for field in refused.value.fields] == ["/new_password"]
    assert sessions.by_id(session.id) == session


def test_one_of_many_wins_when_the_password_is_changed_at_once(session: SessionRecord) -> None:
    together = Barrier(5)

    def change(number: int) -> str | None:
        together.wait()
        try:
            return changed(session, new=f"{NEW} {number}")
        except (AccountChanged, WrongPassword):
            return None

    with ThreadPoolExecutor(5) as threads:
        came = list(threads.map(change, range(5)))
    (number,) = [number for number, token in enumerate(came) if token]
    assert passwords.matches(identities.identity(session.identity_id), password=f"{NEW} {number}")
    assert is_good(str(came[number]))
    assert len(sessions.live_of(session.identity_id, limit=9).rows) == 1


def test_session_that_has_ended_meanwhile_changes_nothing(session: SessionRecord, anna: IdentityRecord) -> None:
    sessions.end(session.id, reason="tested")
    with pytest.raises(InvalidToken):
        changed(session)
    assert identities.identity(anna.id) == anna


def test_nothing_is_changed_in_a_company_that_is_suspended(
    session: SessionRecord, anna: IdentityRecord, database: Any
) -> None:
    database.companies.update_one({"_id": session.company_id}, {"$set": {"status": "suspended"}})
    with pytest.raises(CompanySuspended):
        changed(session)
    assert identities.identity(anna.id) == anna


def test_reset_that_was_asked_for_before_is_off(session: SessionRecord) -> None:
    password_reset.ask(EMAIL)
    assert password_reset.room.drain(seconds=10)
    token = str(mail.outbox[-1].body).split("token=")[1].split()[0]
    changed(session)
    with pytest.raises(ResetNotValid):
        password_reset.reset(token, password=PASSWORD)


def test_change_shows_no_password_when_it_is_printed() -> None:
    assert repr(PasswordChange("old", "new")) == "PasswordChange(...)"
