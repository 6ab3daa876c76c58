"""When keys were used last: written in batches, never back, and not lost when MongoDB is away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError

from apps.auth.domain.last_used import LastUsed
from novapulse import clock

if TYPE_CHECKING:
    from datetime import datetime

    from pymongo.database import Database


@pytest.fixture
def key_ids(database: Database[dict[str, Any]]) -> list[ObjectId]:
    """Keep two keys that were never used."""
    documents = [{"prefix": str(number), "last_used_at": None} for number in range(2)]
    return list(database.api_keys.insert_many(documents).inserted_ids)


def _kept(database: Database[dict[str, Any]]) -> dict[ObjectId, datetime | None]:
    return {document["_id"]: document["last_used_at"] for document in database.api_keys.find()}


def test_uses_are_written_when_they_are_flushed_and_not_before(
    key_ids: list[ObjectId], database: Database[dict[str, Any]]
) -> None:
    seen, start = LastUsed(), clock.now()
    for key_id in key_ids * 100:
        seen.note(key_id)
    assert _kept(database) == dict.fromkeys(key_ids)
    seen.flush()
    assert all(at is not None and start <= at <= clock.now() for at in _kept(database).values())


def test_later_moment_of_another_process_stays(key_ids: list[ObjectId], database: Database[dict[str, Any]]) -> None:
    seen, other = LastUsed(), LastUsed()
    seen.note(key_ids[0])
    with clock.shifted(timedelta(minutes=1)):
        other.note(key_ids[0])
    other.flush()
    later = _kept(database)
    seen.flush()
    assert _kept(database) == later


def test_nothing_noted_is_no_command_and_a_use_is_written_once(
    key_ids: list[ObjectId], database: Database[dict[str, Any]]
) -> None:
    seen = LastUsed()
    seen.note(key_ids[0])
    seen.flush()
    database.api_keys.update_many({}, {"$set": {"last_used_at": None}})
    seen.flush()
    assert _kept(database) == dict.fromkeys(key_ids)


def test_uses_are_kept_until_mongodb_is_back(
    key_ids: list[ObjectId], database: Database[dict[str, Any]], request: pytest.FixtureRequest
) -> None:
    seen = LastUsed()
    seen.note(key_ids[0])
    request.getfixturevalue("mongo_refused")
    seen.flush()
    assert list(seen._seen) == [key_ids[0]]
    assert _kept(database) == dict.fromkeys(key_ids)


def test_moment_noted_during_a_failed_flush_is_the_one_that_is_kept(
    key_ids: list[ObjectId], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = LastUsed()

    def fail(_: object) -> None:
        with clock.shifted(timedelta(minutes=1)):
            seen.note(key_ids[0])
        raise PyMongoError("gone")

    monkeypatch.setattr("apps.auth.domain.last_used._write", fail)
    seen.note(key_ids[0])
    seen.flush()
    assert seen._seen[key_ids[0]] > clock.now() + timedelta(seconds=50)


def test_threads_note_while_others_flush(key_ids: list[ObjectId], database: Database[dict[str, Any]]) -> None:
    seen = LastUsed()
    with ThreadPoolExecutor(4) as threads:
        for number in range(400):
            threads.submit(seen.note, ObjectId() if number % 2 else key_ids[0])
            if number % 40 == 0:
                threads.submit(seen.flush)
    seen.flush()
    assert _kept(database)[key_ids[0]] is not None
    assert not seen._seen
