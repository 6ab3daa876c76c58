"""Service accounts: members without a way in but their keys, and never owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

from apps.auth.domain import identities, members, passwords, service_accounts, signin
from apps.auth.domain.service_accounts import Wanted
from apps.auth.domain.sessions import Device
from apps.auth.domain.signin import Credentials
from apps.auth.enums import MembershipKind, Role
from apps.auth.errors import AboveYourRole, InvalidCredentials, ServiceAccountRole
from novapulse.data import transaction
from novapulse.errors import Denied
from tests import people

if TYPE_CHECKING:
    from pymongo.database import Database

    from apps.auth.domain.memberships import MembershipRecord
    from tests.people import Person


@pytest.fixture
def owner(database: object) -> Person:
    """Give the owner of a company."""
    return people.person(people.company("acme"), role=Role.OWNER)


def _created(by: Person, *, role: Role = Role.MEMBER) -> MembershipRecord:
    with people.acting(by):
        return transaction.run(lambda: service_accounts.create(Wanted("Robot", role)))


def test_service_account_is_a_member_of_its_own_kind(owner: Person) -> None:
    account = _created(owner)
    assert (account.kind, account.role, account.company_id) == (
        MembershipKind.SERVICE,
        Role.MEMBER,
        owner.membership.company_id,
    )
    assert identities.identity(account.identity_id).name == "Robot"


@pytest.mark.parametrize("password", ["", "!", "a quiet river under four bridges"])
def test_no_password_opens_a_service_account(owner: Person, database: Database[dict[str, Any]], password: str) -> None:
    identity = identities.identity(_created(owner).identity_id)
    assert not passwords.matches(identity, password=password)
    for email in (identity.email, identity.email.upper(), identity.password_hash):
        with pytest.raises(InvalidCredentials):
            signin.log_in(Credentials(email, password, None), device=Device("pytest", "127.0.0.1"))
    assert database.sessions.count_documents({}) == 0


def test_address_of_a_service_account_is_found_by_nobody(owner: Person) -> None:
    identity = identities.identity(_created(owner).identity_id)
    assert identities.is_of_service(identity.email)
    assert identities.by_email(identity.email) is None
    assert mail.outbox == []


def test_only_who_manages_members_makes_one_and_never_above_themself(owner: Person) -> None:
    home = people.company("other")
    with pytest.raises(Denied):
        _created(people.person(home, role=Role.MANAGER), role=Role.VIEWER)
    with pytest.raises(AboveYourRole):
        _created(people.person(home, role=Role.ADMIN), role=Role.OWNER)
    with pytest.raises(ServiceAccountRole):
        _created(owner, role=Role.OWNER)


def test_service_account_never_becomes_an_owner(owner: Person) -> None:
    account = _created(owner)
    with people.acting(owner):
        assert members.change_role(account.id, role=Role.ADMIN).role == Role.ADMIN
        with pytest.raises(ServiceAccountRole):
            members.change_role(account.id, role=Role.OWNER)
        assert members.member(account.id).role == Role.ADMIN


def test_service_account_ends_as_every_member_does(owner: Person) -> None:
    account = _created(owner)
    with people.acting(owner):
        members.remove(account.id)
        assert members.member(account.id).status == "ended"
