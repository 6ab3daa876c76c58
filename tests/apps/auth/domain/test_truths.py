"""What MongoDB says of a credential, beside a company whose credentials it could be confused with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pymongo
import pytest
from bson import ObjectId
from pymongo import monitoring

from apps.auth.domain import sessions, users
from apps.auth.domain.sessions import Device
from apps.auth.domain.truths import truth_of
from apps.auth.enums import Role
from apps.tenants.domain import standing
from config import apps as wiring
from novapulse import clock
from novapulse.data import registry
from novapulse.data.mongo import MongoProvider
from novapulse.gate.decision import Credential, Level
from novapulse.tenancy import document
from tests import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

JTI = "a" * 32
COLLECTIONS = ("companies", "memberships", "sessions")


class _Finds(monitoring.CommandListener):
    """Keeps where the finds went."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name == "find":
            self.asked.append(event.command["find"])

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def _credential(slug: str) -> Credential:
    home = people.company(slug)
    membership = people.person(home, role=Role.MEMBER).membership
    session = sessions.start(membership, device=Device("pytest", "127.0.0.1"))
    return Credential(str(home.id), str(membership.id), str(session.id), JTI, 1, 1)


def test_of_a_company_that_is_not_there_any_more_nothing_is_to_be_kept(database: Database[dict[str, Any]]) -> None:
    gone, rival = _credential("acme"), _credential("rival")
    database.companies.update_one({"slug": "acme"}, {"$set": {"status": "deleted"}})

    truths = [truth_of(each) for each in (gone, rival)]
    assert [each.is_of_company for each in truths] == [False, True]
    assert truths[0].ends(gone) is not None


def test_of_a_company_whose_deletion_has_begun_nothing_is_to_be_kept_anew(database: Database[dict[str, Any]]) -> None:
    going, rival = _credential("acme"), _credential("rival")
    standing.ask_deletion("acme")
    assert truth_of(going).is_of_company
    standing.begin_deletion(ObjectId(going.company_id))

    truths = [truth_of(each) for each in (going, rival)]
    assert [each.is_of_company for each in truths] == [False, True]
    assert truths[0].ends(going) is not None


@pytest.fixture
def finds() -> Iterator[_Finds]:
    """Read what decides nothing from secondaries, of which there is none, and look on."""
    real, listener = registry.provider("mongodb"), _Finds()
    options = wiring.mongo_options()
    replicas = replace(options, read_preference="secondary", listeners=(*options.listeners, listener))
    provider = MongoProvider(replicas, client_class=wiring.scoped_client)
    document.use_database(provider.database)
    yield listener
    document.use_database(real.database)
    provider.close()


@pytest.fixture
def credential(database: object) -> Credential:
    """Sign somebody in."""
    return _credential("acme")


@pytest.fixture
def other(database: object) -> Credential:
    """Sign somebody else in, in another company."""
    return _credential("rival")


def test_credential_is_live_with_the_versions_of_its_company_and_membership(
    credential: Credential, other: Credential, database: Database[dict[str, Any]]
) -> None:
    database.companies.update_one({"_id": ObjectId(credential.company_id)}, {"$set": {"credential_version": 3}})
    database.memberships.update_one({"_id": ObjectId(credential.membership_id)}, {"$set": {"credential_version": 5}})
    truth = truth_of(credential)
    assert (truth.company_version, truth.membership_version, truth.is_live) == (3, 5, True)
    assert truth.revoked_tokens == frozenset()
    assert truth_of(other).membership_version == 1


@pytest.mark.parametrize(
    ("collection", "change"),
    [
        ("memberships", {"status": "ended"}),
        ("sessions", {"ended_at": clock.now()}),
        ("sessions", {"expires_at": clock.now() - timedelta(seconds=1)}),
    ],
)
def test_credential_is_not_live_when_something_it_stands_on_has_ended(
    credential: Credential,
    other: Credential,
    database: Database[dict[str, Any]],
    collection: str,
    change: dict[str, object],
) -> None:
    named = dict(
        zip(COLLECTIONS, (credential.company_id, credential.membership_id, credential.credential_id), strict=True)
    )
    database[collection].update_one({"_id": ObjectId(named[collection])}, {"$set": change})
    assert not truth_of(credential).is_live
    assert truth_of(other).is_live


def test_suspension_ends_what_was_issued_before_and_not_the_session(credential: Credential, other: Credential) -> None:
    standing.suspend("acme")
    assert truth_of(credential).ends(credential) is Level.COMPANY
    assert truth_of(credential).is_live
    assert truth_of(other).ends(other) is None


@pytest.mark.parametrize("field", ["company_id", "membership_id", "credential_id"])
def test_credential_is_not_live_when_what_it_names_is_anothers_or_nobodys(
    credential: Credential, other: Credential, field: str
) -> None:
    assert not truth_of(replace(credential, **{field: getattr(other, field)})).is_live
    assert not truth_of(replace(credential, **{field: str(ObjectId())})).is_live


@pytest.fixture
def key(database: object) -> Credential:
    """Issue a key."""
    return users.of(f"Bearer {people.key(people.person(people.company('keys'), role=Role.MEMBER))}").credential


def test_key_is_live_until_it_ends(key: Credential, database: Database[dict[str, Any]]) -> None:
    assert truth_of(key).is_live
    assert truth_of(key).revoked_tokens == frozenset()
    database.api_keys.update_one({"_id": ObjectId(key.credential_id)}, {"$set": {"ended_at": clock.now()}})
    assert not truth_of(key).is_live


def test_key_is_not_live_for_another_membership_and_is_no_session(key: Credential, other: Credential) -> None:
    assert not truth_of(replace(other, credential_id=key.credential_id, token_id="")).is_live
    assert not truth_of(replace(key, token_id=JTI)).is_live
    assert not truth_of(replace(other, token_id="")).is_live


def test_truth_of_nothing_gives_no_version_that_a_credential_could_have(database: object) -> None:
    nobody = str(ObjectId())
    truth = truth_of(Credential(nobody, nobody, nobody, JTI, 1, 1))
    assert (truth.company_version, truth.membership_version, truth.is_live) == (0, 0, False)


def test_tokens_that_were_ended_one_by_one_are_told(credential: Credential, other: Credential) -> None:
    hour = clock.now() + timedelta(hours=1)
    assert sessions.revoke_token(ObjectId(credential.credential_id), jti=JTI, expires_at=hour)
    assert truth_of(credential) == replace(truth_of(other), revoked_tokens=frozenset({JTI}))


def test_truth_takes_three_finds_of_the_primary_whatever_lists_are_read_from(
    credential: Credential, finds: _Finds
) -> None:
    with pymongo.timeout(2):
        assert truth_of(credential).is_live
    assert finds.asked == list(COLLECTIONS)


def test_truth_has_the_limits_of_the_company_itself(
    credential: Credential, other: Credential, database: Database[dict[str, Any]]
) -> None:
    agreed = {"limit_overrides": {"quota": 7}, "limits_version": 2}
    database.companies.update_one({"_id": ObjectId(credential.company_id)}, {"$set": agreed})
    assert (truth_of(credential).limits.quota, truth_of(credential).limits.version) == (7, 2)
    assert (truth_of(other).limits.quota, truth_of(other).limits.version) == (1_200, 1)
