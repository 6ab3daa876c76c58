"""Operators shut a person out, and let them in again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.audit.documents import AuditPending
from apps.auth.domain import deactivation, identities, passwords, sessions, signin
from apps.auth.domain.sessions import Device
from apps.auth.domain.signin import Credentials
from apps.auth.enums import Role
from apps.auth.errors import InvalidCredentials
from novapulse.errors import NotFound
from tests import people
from tests.api import PASSWORD

if TYPE_CHECKING:
    from apps.auth.domain.identities import IdentityRecord

EMAIL, OTHER = "anna@acme.example", "bert@acme.example"
DEVICE = Device("pytest", "127.0.0.1")


@pytest.fixture
def anna(database: object) -> IdentityRecord:
    """Let Anna work in two companies, and Bert in one of them."""
    hashed = passwords.accepted(PASSWORD, context=())
    anna, bert = (identities.create(email=email, name="Some One", password_hash=hashed) for email in (EMAIL, OTHER))
    home = people.company("acme")
    for identity in (anna, bert):
        people.seat(home, identity=identity, role=Role.MEMBER)
    people.seat(people.company("rival"), identity=anna, role=Role.OWNER)
    return anna


def _log_in(email: str = EMAIL, *, slug: str = "acme") -> object:
    return signin.log_in(Credentials(email, PASSWORD, slug), device=DEVICE)


def test_account_tells_how_much_there_is_to_end(anna: IdentityRecord) -> None:
    _log_in()
    _log_in(slug="rival")
    _log_in(OTHER)
    found = deactivation.account(EMAIL.upper())
    assert (found.identity.id, found.companies, found.sessions) == (anna.id, 2, 2)
    with pytest.raises(NotFound):
        deactivation.account("nobody@acme.example")


def test_deactivated_person_signs_in_nowhere_and_others_do(anna: IdentityRecord) -> None:
    _log_in()
    deactivation.deactivate(deactivation.account(EMAIL))
    for slug in ("acme", "rival"):
        with pytest.raises(InvalidCredentials):
            _log_in(slug=slug)
    assert sessions.count_live(identity_id=anna.id) == 0
    assert _log_in(OTHER)


def test_reactivated_person_signs_in_again_and_what_had_ended_stays_so(anna: IdentityRecord) -> None:
    _log_in()
    deactivation.deactivate(deactivation.account(EMAIL))
    deactivation.reactivate(deactivation.account(EMAIL))
    assert sessions.count_live(identity_id=anna.id) == 0
    assert _log_in()


def test_deactivation_at_the_same_time_lets_no_sign_in_through(
    anna: IdentityRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes between the comparing of the password and the start of the session."""
    renewed = passwords.renewed_hash

    def late(identity: IdentityRecord, *, password: str) -> str:
        deactivation.deactivate(deactivation.account(EMAIL))
        return renewed(identity, password=password)

    monkeypatch.setattr(passwords, "renewed_hash", late)
    with pytest.raises(InvalidCredentials):
        _log_in()
    assert sessions.count_live(identity_id=anna.id) == 0


def test_ended_sessions_leave_the_account_open_and_stand_in_every_companys_audit(anna: IdentityRecord) -> None:
    _log_in()
    ended = deactivation.end_sessions(deactivation.account(EMAIL))

    assert ended == 1
    assert sessions.count_live(identity_id=anna.id) == 0
    assert AuditPending.collection().count_documents({"action": "sessions.ended"}) == 2
    _log_in()
