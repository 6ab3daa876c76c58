"""Keys of companies: one each, wrapped, kept for a minute, and gone with their rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from cryptography.exceptions import InvalidTag

from apps.tenants.documents import DataKey
from apps.tenants.domain import data_keys
from apps.tenants.domain.data_keys import opening_key, sealing_key
from apps.tenants.errors import CompanyGoing, NoDataKey
from novapulse import clock
from novapulse.data import transaction
from novapulse.tenancy import scope
from novapulse.tenancy.scope import ScopeMissing
from tests import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper

    from tests.commands import Commands

OURS, RIVAL = ObjectId(), ObjectId()


@pytest.fixture(autouse=True)
def _nothing_kept(database: object) -> Iterator[None]:
    """Begin with two companies, and begin and end as a process that has unwrapped nothing."""
    people.company_with(OURS)
    people.company_with(RIVAL)
    data_keys._kept.clear()
    yield
    data_keys._kept.clear()


def key_of(company_id: ObjectId) -> bytes:
    with scope.company(company_id, location="DE"):
        return sealing_key()


def test_each_company_has_a_key_of_its_own_that_stays_the_same() -> None:
    first, of_rival = key_of(OURS), key_of(RIVAL)
    data_keys._kept.clear()

    assert key_of(OURS) == first
    assert (len(first), first != of_rival) == (32, True)
    with pytest.raises(ScopeMissing):
        sealing_key()


def test_a_key_lies_in_the_database_wrapped_and_for_its_company_alone() -> None:
    keys = [key_of(OURS), key_of(RIVAL)]
    ours, rivals = (DataKey.collection().find_one({"company_id": each}) or {} for each in (OURS, RIVAL))

    assert not any(key in bytes(row["wrapped"]) for key in keys for row in (ours, rivals))
    DataKey.collection().update_one({"_id": ours["_id"]}, {"$set": {"wrapped": rivals["wrapped"]}})
    data_keys._kept.clear()
    with pytest.raises(InvalidTag):
        key_of(OURS)


def test_a_key_in_memory_is_asked_for_no_more_until_its_minute_is_over(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_of(OURS)
    with commands.counted() as sent:
        assert key_of(OURS) == key
        assert sent == []
    monkeypatch.setattr(data_keys, "KEPT_SECONDS", 0.0)
    data_keys._keep(next(iter(data_keys._kept)), key)
    with commands.counted() as sent:
        assert key_of(OURS) == key

    assert sent == ["find"]


def test_many_who_need_the_first_key_at_once_get_the_same() -> None:
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(key_of, [OURS] * 8))

    assert len(found) == DataKey.collection().count_documents({}) == 1


def test_a_key_of_a_transaction_that_was_undone_is_forgotten() -> None:
    made: list[bytes] = []

    def work() -> None:
        made.append(key_of(OURS))
        assert key_of(OURS) == made[0]
        raise LookupError

    with pytest.raises(LookupError):
        transaction.run(work)

    assert key_of(OURS) != made[0]


def test_under_another_master_key_a_company_has_another_key_and_the_first_comes_back_with_its_own(
    settings: SettingsWrapper,
) -> None:
    first, before = key_of(OURS), settings.MASTER_KEY
    settings.MASTER_KEY = "another key of at least thirty-two characters"
    second = key_of(OURS)
    settings.MASTER_KEY = before
    data_keys._kept.clear()

    assert second != first == key_of(OURS)


def test_no_key_shows_when_what_is_kept_is_printed() -> None:
    key = key_of(OURS)

    assert repr(key) not in repr(data_keys._kept)


def test_what_is_older_than_a_minute_goes_from_memory_when_any_key_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(data_keys, "KEPT_SECONDS", 0.0)
        key_of(OURS)
    key_of(RIVAL)

    assert [name.partition(":")[0] for name in data_keys._kept] == [str(RIVAL)]


def test_opening_makes_no_key() -> None:
    with scope.company(OURS, location="DE"):
        with pytest.raises(NoDataKey):
            opening_key()
        assert DataKey.collection().count_documents({}) == 0
        assert sealing_key() == opening_key()


def test_no_key_is_made_for_a_company_whose_deletion_has_begun(database: Any) -> None:
    key_of(OURS)
    database["companies"].update_one({"_id": OURS}, {"$set": {"deletion_begun_at": clock.now()}})
    data_keys.destroy_data_keys(OURS)
    data_keys._kept.clear()

    with pytest.raises(CompanyGoing):
        key_of(OURS)
    assert DataKey.collection().count_documents({}) == 0
