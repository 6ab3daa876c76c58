"""Accepting invitations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

from apps.auth.domain import (
    acceptance,
    deactivation,
    identities,
    invitations,
    members,
    memberships,
    passwords,
    sessions,
    tokens,
)
from apps.auth.domain.acceptance import Acceptance
from apps.auth.domain.api_key_users import KnownKeys
from apps.auth.domain.sessions import Device
from apps.auth.enums import Role
from apps.auth.errors import (
    AccountChanged,
    AlreadyMember,
    CompanySuspended,
    InvalidCredentials,
    InvitationNotValid,
    PasswordRefused,
)
from apps.tenants.errors import CompanyReadOnly
from novapulse.errors import Invalid, InvalidToken
from tests import people
from tests.api import PASSWORD

if TYPE_CHECKING:
    from apps.auth.domain.identities import IdentityRecord
    from apps.tenants.api import CompanyRecord

pytestmark = pytest.mark.usefixtures("database")

DEVICE = Device(user_agent="tests", address="127.0.0.1")
EMAIL = "new@acme.example"
OTHER_PASSWORD = "another river under seven bridges"


@pytest.fixture
def home(database: object) -> CompanyRecord:
    """Found a company."""
    return people.company("acme", country="FR")


@pytest.fixture
def owner(home: CompanyRecord) -> people.Person:
    """Give it an owner."""
    return people.person(home, role=Role.OWNER)


def _invited(owner: people.Person, *, role: Role = Role.MEMBER, email: str = EMAIL) -> str:
    with people.acting(owner):
        invitations.invite(email, role=role)
    return str(mail.outbox[-1].body).split("token=")[1].split()[0]


def _accept(token: str, *, name: str | None = "New Comer", password: str | None = PASSWORD) -> Any:
    grant = acceptance.accept(Acceptance(token, name, password), device=DEVICE)
    return tokens.read(grant.access_token)


def _known(*, verified: bool) -> IdentityRecord:
    hashed = passwords.accepted(PASSWORD, context=())
    return identities.create(email=EMAIL, name="Known Before", password_hash=hashed, verified=verified)


def test_newcomer_gets_an_account_with_a_verified_address(home: CompanyRecord, owner: people.Person) -> None:
    user = _accept(_invited(owner))
    identity = identities.by_email(EMAIL)
    assert identity is not None
    assert (identity.name, identity.email_verified_at is not None) == ("New Comer", True)
    assert passwords.matches(identity, password=PASSWORD)
    assert (user.principal.identity_id, user.principal.role) == (identity.id, "member")
    assert (user.scope.company_id, user.scope.location) == (home.id, "FR")


@pytest.mark.parametrize(
    ("name", "password", "pointers"),
    [(None, None, ["/name", "/password"]), ("N", None, ["/password"]), (None, PASSWORD, ["/name"])],
)
def test_newcomer_is_told_what_is_missing(
    owner: people.Person, name: str | None, password: str | None, pointers: list[str]
) -> None:
    token = _invited(owner)
    with pytest.raises(Invalid) as refused:
        _accept(token, name=name, password=password)
    assert [field.pointer for field in refused.value.fields] == pointers
    assert _accept(token)


def test_newcomer_does_not_get_by_with_a_weak_password(owner: people.Person) -> None:
    token = _invited(owner)
    with pytest.raises(PasswordRefused) as refused:
        _accept(token, password="short")
    assert refused.value.fields[0].pointer == "/password"
    assert identities.by_email(EMAIL) is None
    assert _accept(token)


def test_verified_account_joins_with_its_own_password_and_keeps_its_name(owner: people.Person) -> None:
    identity = _known(verified=True)
    user = _accept(_invited(owner), name=None)
    assert user.principal.identity_id == identity.id
    assert identities.identity(identity.id) == identity


@pytest.mark.parametrize("password", [OTHER_PASSWORD, PASSWORD[:-1], PASSWORD + " "])
def test_verified_account_does_not_join_with_a_wrong_password(owner: people.Person, password: str) -> None:
    identity, token = _known(verified=True), _invited(owner)
    with pytest.raises(InvalidCredentials):
        _accept(token, password=password)
    assert memberships.active_of(identity.id) == []
    assert _accept(token)


def test_verified_account_must_show_its_password(owner: people.Person) -> None:
    _known(verified=True)
    with pytest.raises(Invalid) as refused:
        _accept(_invited(owner), password=None)
    assert [field.pointer for field in refused.value.fields] == ["/password"]


def test_unverified_account_goes_to_whoever_reads_its_mail(owner: people.Person) -> None:
    identity = _known(verified=False)
    squatter = people.seat(people.company("squat"), identity=identity, role=Role.OWNER)
    session = sessions.start(squatter, device=DEVICE)
    _accept(_invited(owner), password=OTHER_PASSWORD)
    now, ended = identities.identity(identity.id), sessions.by_id(session.id)
    assert now.email_verified_at is not None
    assert [passwords.matches(now, password=each) for each in (PASSWORD, OTHER_PASSWORD)] == [False, True]
    assert ended is not None
    assert not ended.is_live
    assert [seat.credential_version for seat in memberships.active_of(identity.id) if seat.id == squatter.id] == [2]


def test_keys_of_an_unverified_account_end_when_it_is_taken_over(owner: people.Person) -> None:
    elsewhere = people.company("elsewhere")
    squatter = people.Person(
        identity := _known(verified=False), people.seat(elsewhere, identity=identity, role=Role.OWNER)
    )
    text, mine = people.key(squatter), people.key(owner)
    _accept(_invited(owner), password=OTHER_PASSWORD)
    assert KnownKeys().user_of(mine).principal.membership_id == owner.id
    with pytest.raises(InvalidToken):
        KnownKeys().user_of(text)


def test_unverified_account_is_not_taken_over_with_a_weak_password(owner: people.Person) -> None:
    identity = _known(verified=False)
    with pytest.raises(PasswordRefused):
        _accept(_invited(owner), password="short")
    assert identities.identity(identity.id) == identity


def test_member_who_had_left_comes_back_to_the_same_membership(home: CompanyRecord, owner: people.Person) -> None:
    identity = _known(verified=True)
    before = people.seat(home, identity=identity, role=Role.ADMIN)
    with people.acting(owner):
        members.remove(before.id)
    user = _accept(_invited(owner, role=Role.VIEWER))
    now = memberships.active(before.id)
    assert now is not None
    assert (user.principal.membership_id, now.role) == (before.id, Role.VIEWER)
    assert now.credential_version == 3
    with people.acting(owner):
        assert members.member(before.id).status == "active"


def test_token_is_used_up_by_the_first_who_accepts(owner: people.Person) -> None:
    token = _invited(owner)
    _accept(token)
    with pytest.raises(InvitationNotValid):
        _accept(token)


def test_one_of_many_wins_when_a_token_is_used_at_once(owner: people.Person, database: Any) -> None:
    _known(verified=True)
    token, together = _invited(owner), Barrier(4)

    def accept(_: int) -> bool:
        together.wait()
        try:
            _accept(token)
        except InvitationNotValid:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(accept, range(4))) == [False, False, False, True]
    assert database["sessions"].count_documents({}) == 1


def test_nothing_is_left_half_made_when_the_address_is_a_member_by_now(
    home: CompanyRecord, owner: people.Person, database: Any
) -> None:
    token = _invited(owner)
    people.seat(home, identity=_known(verified=True), role=Role.VIEWER)
    with pytest.raises(AlreadyMember):
        _accept(token)
    assert database["invitations"].find_one({"email": EMAIL})["status"] == "pending"
    assert database["sessions"].count_documents({}) == 0


def test_invitation_is_worth_no_more_than_its_sender(home: CompanyRecord, owner: people.Person) -> None:
    admin = people.person(home, role=Role.ADMIN)
    demoted, removed = _invited(admin), _invited(admin, email="other@acme.example")
    with people.acting(owner):
        members.change_role(admin.id, role=Role.MANAGER)
    with pytest.raises(InvitationNotValid):
        _accept(demoted)
    with people.acting(owner):
        members.remove(admin.id)
    with pytest.raises(InvitationNotValid):
        _accept(removed)


@pytest.mark.parametrize(
    ("status", "refused"),
    [("suspended", CompanySuspended), ("deleting", CompanySuspended), ("read_only", CompanyReadOnly)],
)
def test_nobody_joins_a_company_that_is_not_active(
    home: CompanyRecord, owner: people.Person, database: Any, status: str, refused: type[Exception]
) -> None:
    token = _invited(owner)
    database["companies"].update_one({"_id": home.id}, {"$set": {"status": status}})
    with pytest.raises(refused):
        _accept(token)


def test_nor_one_that_is_turned_while_the_password_is_hashed(
    home: CompanyRecord, owner: people.Person, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, check = _invited(owner), acceptance._account

    def slowly(*given: Any, **named: Any) -> Any:
        database["companies"].update_one({"_id": home.id}, {"$set": {"status": "read_only"}})
        return check(*given, **named)

    monkeypatch.setattr(acceptance, "_account", slowly)
    with pytest.raises(CompanyReadOnly):
        _accept(token)


def test_acceptance_fails_when_the_account_changes_while_its_password_is_compared(
    owner: people.Person, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other password is set after the one that was shown was compared, and before anything is written."""
    identity, token, compare = _known(verified=True), _invited(owner), passwords.matches

    def slowly(known: IdentityRecord | None, *, password: str) -> bool:
        found = compare(known, password=password)
        assert identities.set_password(identity.id, old_hash=identity.password_hash, new_hash="another")
        return found

    monkeypatch.setattr(passwords, "matches", slowly)
    with pytest.raises(AccountChanged):
        _accept(token)
    assert database["sessions"].count_documents({}) == 0


@pytest.mark.parametrize("verified", [True, False])
def test_deactivated_account_joins_nothing(owner: people.Person, *, verified: bool) -> None:
    identity, token = _known(verified=verified), _invited(owner)
    deactivation.deactivate(deactivation.account(EMAIL))
    with pytest.raises(InvalidCredentials):
        _accept(token)
    assert memberships.active_of(identity.id) == []
    assert not identities.identity(identity.id).is_active


def test_invitation_of_somebody_who_is_shut_out_opens_nothing(home: CompanyRecord, owner: people.Person) -> None:
    admin = people.person(home, role=Role.ADMIN)
    token, other = _invited(admin), _invited(owner, email="other@acme.example")
    deactivation.deactivate(deactivation.account(admin.identity.email))
    with pytest.raises(InvitationNotValid):
        _accept(token)
    assert _accept(other)


def test_acceptance_shows_no_secret_when_it_is_printed() -> None:
    assert repr(Acceptance("token", "name", "password")) == "Acceptance(...)"
