"""Keys that this process has met: known without asking anybody, and looked up again when they have to be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from apps.auth import conf
from apps.auth.domain import api_key_text, api_keys, members, permissions
from apps.auth.domain.api_key_users import KnownKeys, Recent
from apps.auth.domain.last_used import last_used
from apps.auth.enums import Role
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.data import registry
from novapulse.errors import InvalidToken
from tests import people

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.people import Person


@pytest.fixture
def admin(database: object) -> Person:
    """Give an admin of a company that has an owner."""
    home = people.company("acme")
    people.person(home, role=Role.OWNER)
    return people.person(home, role=Role.ADMIN)


@pytest.fixture
def keys() -> KnownKeys:
    """Give a process that has met nobody."""
    return KnownKeys()


def test_key_stands_for_its_member_in_its_company(admin: Person, keys: KnownKeys) -> None:
    user = keys.user_of(people.key(admin, scopes=("tasks.read", "me.read")))
    principal, credential = user.principal, user.credential
    assert (principal.kind, principal.membership_id, principal.role) == ("person", admin.id, "admin")
    assert principal.scopes == {"tasks.read", "me.read"}
    assert user.scope.company_id == admin.membership.company_id
    assert (credential.credential_id, credential.token_id) == (str(principal.credential_id), "")
    assert (credential.company_version, credential.membership_version) == (1, 1)


def test_known_key_asks_no_store(admin: Person, keys: KnownKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    text = people.key(admin)
    first = keys.user_of(text)
    with monkeypatch.context() as patch:
        patch.setattr(registry.provider("mongodb"), "client", None)  # whoever asks for it now breaks
        assert keys.user_of(text) is first


def test_known_key_is_refused_when_it_expires(admin: Person, keys: KnownKeys) -> None:
    text = people.key(admin, expires_at=clock.now() + timedelta(seconds=30))
    keys.user_of(text)
    with clock.shifted(timedelta(seconds=30)), pytest.raises(InvalidToken):
        keys.user_of(text)


def test_key_is_looked_up_again_after_a_while(
    admin: Person, monkeypatch: pytest.MonkeyPatch, database: Database[dict[str, Any]]
) -> None:
    monkeypatch.setattr(conf, "API_KEYS_KNOWN_SECONDS", -1.0)
    keys, text = KnownKeys(), people.key(admin)
    keys.user_of(text)
    database.api_keys.update_many({}, {"$set": {"ended_at": clock.now()}})  # announced to nobody
    with pytest.raises(InvalidToken):
        keys.user_of(text)


def test_bad_key_that_comes_again_and_again_costs_one_query(
    admin: Person, keys: KnownKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = api_key_text.new().text
    with pytest.raises(InvalidToken):
        keys.user_of(unknown)
    monkeypatch.setattr(registry.provider("mongodb"), "client", None)  # whoever asks for it now breaks
    for _ in range(100):
        with pytest.raises(InvalidToken):
            keys.user_of(unknown)


def test_mistyped_key_costs_no_query_at_all(admin: Person, keys: KnownKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    text = people.key(admin)
    monkeypatch.setattr(registry.provider("mongodb"), "client", None)  # whoever asks for it now breaks
    for wrong in (text[:-1], text.swapcase(), "np_", "np_" + "x" * 100_000):
        with pytest.raises(InvalidToken):
            keys.user_of(wrong)


def test_key_goes_on_in_the_new_role_when_it_is_looked_up_again(admin: Person, keys: KnownKeys) -> None:
    text = people.key(admin, scopes=("tasks.read", "members.update"))
    before = keys.user_of(text)
    company = tenants_api.company(admin.membership.company_id)
    with people.acting(people.person(company, role=Role.OWNER)):
        members.change_role(admin.id, role=Role.VIEWER)
    after = keys.again(before)
    assert after is not None
    assert (before.principal.role, after.principal.role) == ("admin", "viewer")
    assert after.credential.membership_version > before.credential.membership_version
    assert keys.user_of(text) is after


@pytest.mark.parametrize("what", ["key", "membership", "company"])
def test_key_does_not_go_on_when_something_it_stands_on_has_ended(
    admin: Person, keys: KnownKeys, database: Database[dict[str, Any]], what: str
) -> None:
    text = people.key(admin)
    before = keys.user_of(text)
    if what == "key":
        assert api_keys.end({"_id": before.principal.credential_id}, reason="revoked")
    elif what == "membership":
        database.memberships.update_one({"_id": admin.id}, {"$set": {"status": "ended"}})
    else:
        database.companies.update_one({"_id": admin.membership.company_id}, {"$set": {"status": "suspended"}})
    assert keys.again(before) is None
    with pytest.raises(InvalidToken):
        keys.user_of(text)


def test_key_without_scopes_carries_all_that_keys_may_hold(admin: Person, keys: KnownKeys) -> None:
    assert keys.user_of(people.key(admin)).principal.scopes == permissions.OF_KEYS


def test_use_is_noted(admin: Person, keys: KnownKeys) -> None:
    text = people.key(admin)
    last_used.flush()
    user = keys.user_of(text)
    assert list(last_used._seen) == [user.principal.credential_id]


def test_secret_is_not_in_what_is_printed(admin: Person, keys: KnownKeys) -> None:
    text = people.key(admin)
    printed = repr(keys.user_of(text))
    assert text.split("_")[2] not in printed
    assert repr(api_key_text.digest(text)) not in printed


def test_oldest_goes_first_when_there_are_too_many() -> None:
    recent: Recent[int] = Recent(most=3, seconds=60.0)
    for number in (1, 2, 3, 1, 4):
        recent.keep(bytes([number]), number)
    assert [recent.get(bytes([number])) for number in range(1, 5)] == [1, None, 3, 4]
    recent.drop(bytes([1]))
    assert recent.get(bytes([1])) is None
    assert len(recent) == 2
