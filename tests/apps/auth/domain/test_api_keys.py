"""Keys as they are kept: what opens, what does not any more, and that nothing kept could be used."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.domain import api_key_text, api_keys
from apps.auth.enums import Role
from novapulse import clock
from tests import people

if TYPE_CHECKING:
    from pymongo.database import Database

    from apps.auth.domain.api_keys import LiveKey
    from tests.people import Person


@pytest.fixture
def member(database: object) -> Person:
    """Give somebody."""
    return people.person(people.company("acme"), role=Role.MEMBER)


@pytest.fixture
def rival(database: object) -> Person:
    """Give somebody in another company."""
    return people.person(people.company("rival"), role=Role.MEMBER)


def _presented(text: str) -> LiveKey | None:
    return api_keys.presented(str(api_key_text.prefix_of(text)), digest=api_key_text.digest(text))


def test_presented_key_opens_its_membership(member: Person, rival: Person) -> None:
    text, theirs = people.key(member, scopes=("tasks.read",)), people.key(rival)
    mine, other = _presented(text), _presented(theirs)
    assert mine is not None
    assert other is not None
    assert (mine.membership_id, mine.scopes) == (member.id, ("tasks.read",))
    assert (other.membership_id, other.scopes) == (rival.id, None)


def test_right_prefix_with_another_secret_opens_nothing(member: Person, rival: Person) -> None:
    text, theirs = people.key(member), people.key(rival)
    prefix = str(api_key_text.prefix_of(text))
    assert api_keys.presented(prefix, digest=api_key_text.digest(theirs)) is None
    assert api_keys.presented("nobodysKey", digest=api_key_text.digest(text)) is None


def test_key_opens_nothing_once_it_has_expired(member: Person) -> None:
    text = people.key(member, expires_at=clock.now() + timedelta(minutes=1))
    key = _presented(text)
    assert key is not None
    with clock.shifted(timedelta(minutes=1)):
        assert _presented(text) is None
        assert not api_keys.is_live(key.id, membership_id=member.id)


def test_key_that_has_ended_opens_nothing_and_keeps_its_first_reason(
    member: Person, database: Database[dict[str, Any]]
) -> None:
    text = people.key(member)
    key = _presented(text)
    assert key is not None
    assert api_keys.end({"_id": key.id}, reason="revoked")
    assert not api_keys.end({"_id": key.id}, reason="once-more")
    assert _presented(text) is None
    assert not api_keys.is_live(key.id, membership_id=member.id)
    assert [document["end_reason"] for document in database.api_keys.find()] == ["revoked"]


def test_key_is_live_for_its_own_membership_alone(member: Person, rival: Person) -> None:
    key = _presented(people.key(member))
    assert key is not None
    assert api_keys.is_live(key.id, membership_id=member.id)
    assert not api_keys.is_live(key.id, membership_id=rival.id)
    assert not api_keys.is_live(ObjectId(), membership_id=member.id)


@pytest.mark.parametrize("kind", ["membership", "identity"])
def test_all_keys_of_one_member_end_and_nobody_elses(member: Person, rival: Person, kind: str) -> None:
    mine, theirs = [people.key(member), people.key(member)], people.key(rival)
    if kind == "membership":
        api_keys.end_for_membership(member.id, reason="removed")
    else:
        api_keys.end_for_identity(member.identity.id, reason="taken-over")
    assert [_presented(text) for text in mine] == [None, None]
    assert _presented(theirs) is not None


def test_nothing_that_is_kept_could_be_used(member: Person, database: Database[dict[str, Any]]) -> None:
    text = people.key(member)
    secret = text.split("_")[2]
    kept = [repr(document) for name in database.list_collection_names() for document in database[name].find()]
    assert any(text.split("_")[1] in each for each in kept)
    assert not any(secret in each or secret[:-6] in each for each in kept)
