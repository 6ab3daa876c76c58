"""Who may invite whom, and what becomes of an invitation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from itertools import product
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.core import mail

from apps.auth.domain import invitations, members
from apps.auth.enums import InvitationStatus, Role
from apps.auth.errors import AlreadyMember, InvitationNotValid, InvitationSettled
from novapulse import clock
from novapulse.data.keyset import Order
from novapulse.errors import Denied, NotFound
from tests import people

if TYPE_CHECKING:
    from apps.tenants.api import CompanyRecord

pytestmark = pytest.mark.usefixtures("database")

LADDER = ("owner", "admin", "manager", "member", "viewer")
PAIRS = list(product(LADDER, LADDER))
ALL = invitations.Wanted(statuses=(), order=Order("created_at"), limit=25)


@pytest.fixture
def home(database: object) -> CompanyRecord:
    """Found a company."""
    return people.company("acme")


@pytest.fixture
def owner(home: CompanyRecord) -> people.Person:
    """Give it an owner."""
    return people.person(home, role=Role.OWNER)


def _reaches(actor: str, other: str) -> bool:
    return actor in {"owner", "admin"} and LADDER.index(actor) <= LADDER.index(other)


def _mailed_token() -> str:
    return str(mail.outbox[-1].body).split("token=")[1].split()[0]


@pytest.mark.parametrize(("actor", "role"), PAIRS)
def test_invitation_is_sent_only_within_the_reach_of_the_sender(home: CompanyRecord, actor: str, role: str) -> None:
    sender = people.person(home, role=Role(actor))
    with people.acting(sender):
        try:
            invitations.invite("new@acme.example", role=Role(role))
        except Denied:
            assert not _reaches(actor, role)
        else:
            assert _reaches(actor, role)
    assert len(mail.outbox) == _reaches(actor, role)


@pytest.mark.parametrize(("actor", "role"), PAIRS)
def test_invitation_is_revoked_only_within_reach(
    home: CompanyRecord, owner: people.Person, actor: str, role: str
) -> None:
    with people.acting(owner):
        invitation = invitations.invite("new@acme.example", role=Role(role))
    with people.acting(people.person(home, role=Role(actor))):
        try:
            invitations.revoke(invitation.id)
        except Denied:
            assert not _reaches(actor, role)
        else:
            assert _reaches(actor, role)


def test_sender_whose_role_was_taken_away_invites_nobody(home: CompanyRecord, owner: people.Person) -> None:
    admin = people.person(home, role=Role.ADMIN)
    with people.acting(owner):
        members.change_role(admin.id, role=Role.VIEWER)
    with people.acting(admin), pytest.raises(Denied):
        invitations.invite("new@acme.example", role=Role.VIEWER)


def test_token_is_kept_as_its_hash_alone(owner: people.Person, database: Any) -> None:
    with people.acting(owner):
        invitation = invitations.invite("new@acme.example", role=Role.MEMBER)
    token = _mailed_token()
    stored = database["invitations"].find_one({"_id": invitation.id})
    assert bytes(stored["token_hash"]) == sha256(token.encode()).digest()
    assert len(token) == 43
    assert token not in str(stored)
    assert token not in str(invitation)


def test_token_opens_its_invitation_for_seven_days(owner: people.Person) -> None:
    with people.acting(owner):
        invitation = invitations.invite("new@acme.example", role=Role.MEMBER)
    token = _mailed_token()
    assert invitation.expires_at - invitation.created_at == timedelta(days=7)
    with clock.shifted(timedelta(days=6, hours=23)):
        assert invitations.by_token(token) == invitation
    with clock.shifted(timedelta(days=7)), pytest.raises(InvitationNotValid):
        invitations.by_token(token)


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "ä" * 43])
def test_token_that_was_never_sent_opens_nothing(owner: people.Person, token: str) -> None:
    with people.acting(owner):
        invitations.invite("new@acme.example", role=Role.MEMBER)
    with pytest.raises(InvitationNotValid):
        invitations.by_token(token)


def test_second_invitation_revokes_the_first(owner: people.Person) -> None:
    with people.acting(owner):
        first = invitations.invite("New@acme.example", role=Role.MEMBER)
        old_token = _mailed_token()
        second = invitations.invite("new@ACME.example", role=Role.VIEWER)
        rows = invitations.page(ALL).rows
    assert {row.id: row.status for row in rows} == {first.id: "revoked", second.id: "pending"}
    assert invitations.by_token(_mailed_token()) == second
    with pytest.raises(InvitationNotValid):
        invitations.by_token(old_token)


def test_invitation_of_a_rival_to_the_same_address_stays(owner: people.Person) -> None:
    rival = people.person(people.company("rival"), role=Role.OWNER)
    with people.acting(rival):
        theirs = invitations.invite("new@acme.example", role=Role.MEMBER)
    with people.acting(owner):
        invitations.invite("new@acme.example", role=Role.MEMBER)
    with people.acting(rival):
        assert invitations.page(ALL).rows == [theirs]


def test_one_invitation_is_pending_when_two_are_sent_at_once(home: CompanyRecord, database: Any) -> None:
    together = Barrier(2)

    def invite(sender: people.Person) -> ObjectId:
        with people.acting(sender):
            together.wait()
            return invitations.invite("new@acme.example", role=Role.MEMBER).id

    senders = [people.person(home, role=Role.OWNER) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        sent = list(threads.map(invite, senders))
    assert database["invitations"].count_documents({"_id": {"$in": sent}}) == 2
    assert database["invitations"].count_documents({"status": "pending"}) == 1


def test_active_member_is_not_invited_again(home: CompanyRecord, owner: people.Person) -> None:
    people.person(home, role=Role.MEMBER, email="here@acme.example")
    with people.acting(owner), pytest.raises(AlreadyMember):
        invitations.invite("HERE@acme.example", role=Role.VIEWER)
    assert mail.outbox == []


def test_member_who_has_left_may_be_invited_again(home: CompanyRecord, owner: people.Person) -> None:
    gone = people.person(home, role=Role.MEMBER, email="gone@acme.example")
    with people.acting(owner):
        members.remove(gone.id)
        assert invitations.invite("gone@acme.example", role=Role.VIEWER).status is InvitationStatus.PENDING


def test_account_elsewhere_makes_no_difference_to_the_sender(owner: people.Person) -> None:
    people.person(people.company("rival"), role=Role.OWNER, email="known@rival.example")
    with people.acting(owner):
        known = invitations.present(invitations.invite("known@rival.example", role=Role.MEMBER))
        unknown = invitations.present(invitations.invite("nobody@rival.example", role=Role.MEMBER))
    own = {"id", "email", "created_at", "expires_at"}
    assert {name: known[name] for name in known.keys() - own} == {name: unknown[name] for name in unknown.keys() - own}


def test_revoked_invitation_opens_nothing_and_is_not_revoked_twice(owner: people.Person) -> None:
    with people.acting(owner):
        invitation = invitations.invite("new@acme.example", role=Role.MEMBER)
        invitations.revoke(invitation.id)
        with pytest.raises(InvitationSettled):
            invitations.revoke(invitation.id)
    with pytest.raises(InvitationNotValid):
        invitations.by_token(_mailed_token())


def test_invitation_of_a_rival_is_not_found(owner: people.Person) -> None:
    rival = people.person(people.company("rival"), role=Role.OWNER)
    with people.acting(rival):
        theirs = invitations.invite("new@rival.example", role=Role.MEMBER)
    with people.acting(owner):
        for invitation_id in (theirs.id, ObjectId()):
            with pytest.raises(NotFound):
                invitations.revoke(invitation_id)
        assert invitations.page(ALL).rows == []
    assert invitations.by_token(_mailed_token()) == theirs


def test_invitation_is_settled_once_when_many_try_at_once(owner: people.Person) -> None:
    with people.acting(owner):
        invitation = invitations.invite("new@acme.example", role=Role.MEMBER)
    with ThreadPoolExecutor(4) as threads:
        tries = list(
            threads.map(lambda _: invitations.settled(invitation.id, as_status=InvitationStatus.ACCEPTED), range(8))
        )
    assert sum(won is not None for won in tries) == 1
