"""Looking for what is left of a company: whatever was forgotten, in whichever store, is found and named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from apps.audit import api as audit_api
from apps.operations.domain import leftovers
from apps.operations.domain.leftovers import Left
from novapulse.data import keyspace, registry
from novapulse.queues import dead_letters, names
from novapulse.tenancy.scope import Scope
from tests import planting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("db", "queues", "rival")

GONE = Scope(ObjectId(), "DE")
DIGITS = str(GONE.company_id)


@pytest.fixture(autouse=True)
def _quick_and_clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(dead_letters, "_LOOK_SECONDS", 0)  # moto shows all that it has at once
    yield
    keyspace.forget(keyspace.named(DIGITS))


def _in_unknown_collection(database: Stored) -> None:
    database["forgotten"].insert_many([{"_id": 1, "what": {"deep": ["x", GONE.company_id]}}, {"_id": 2, "what": "x"}])


def _as_digits(database: Stored) -> None:
    database["forgotten"].insert_one({"_id": 1, "text": f"of {DIGITS}, was it?"})


def _in_an_index(database: Stored) -> None:
    database["sessions"].insert_one({"_id": 1, "identity_id": GONE.company_id})


def _in_anothers_tombstone(database: Stored) -> None:
    database["companies"].insert_one({"_id": 1, "slug": DIGITS, "status": "deleted"})


def _as_a_company_that_lives(database: Stored) -> None:
    database["companies"].insert_one({"_id": GONE.company_id, "slug": "gone", "status": "deleting"})


def _in_redis(_database: Stored) -> None:
    client: Any = registry.provider("redis").client()
    client.set(f"np:{{c:{DIGITS}}}:c", 1, ex=60)


def _in_postgresql(_database: Stored) -> None:
    staff = User.objects.create(username="staff")
    entry: dict[str, Any] = {"object_id": "1", "object_repr": "x", "action_flag": CHANGE, "change_message": DIGITS}
    LogEntry.objects.create(user=staff, content_type=ContentType.objects.get_for_model(User), **entry)


def _as_a_dead_letter(_database: Stored) -> None:
    sqs: Any = registry.provider("sqs").client()
    url = sqs.get_queue_url(QueueName=names.physical(names.of_the_dead("default")))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=f'{{"id": "a", "company_id": "{DIGITS}"}}')


@pytest.mark.parametrize(
    ("leave", "found"),
    [
        (_in_unknown_collection, Left("mongodb", "forgotten", 1, ("1",))),
        (_as_digits, Left("mongodb", "forgotten", 1, ("1",))),
        (_in_an_index, Left("mongodb", "sessions", 1, ("1",))),
        (_in_anothers_tombstone, Left("mongodb", "companies", 1, ("1",))),
        (_as_a_company_that_lives, Left("mongodb", "companies", 1, (DIGITS,))),
        (_in_redis, Left("redis", "keys", 1, (f"np:{{c:{DIGITS}}}:c",))),
        (_in_postgresql, Left("postgresql", "django_admin_log", 1)),
        (_as_a_dead_letter, Left("sqs", "default dead letters", 1, ("a",))),
    ],
)
def test_what_was_forgotten_is_found_where_it_is(
    leave: Callable[[Stored], None], found: Left, database: Stored
) -> None:
    assert leftovers.find(GONE).left == ()
    leave(database)

    assert leftovers.find(GONE).left == (found,)


def test_a_document_of_every_kind_is_found(database: Stored) -> None:
    planted, found = planting.plant(database, GONE), set()
    while places := {each.place for each in leftovers.find(GONE).left}:  # at first those that an index shows
        found |= places
        for place in places:
            database[place].delete_many({"company_id": {"$in": [GONE.company_id, DIGITS]}})
            database[place].delete_many({"_id": f"company:{DIGITS}"})

    assert found == planted


def test_what_is_kept_on_purpose_is_not_told_of(database: Stored) -> None:
    database["companies"].insert_one({"_id": GONE.company_id, "slug": f"gone~{DIGITS}", "status": "deleted"})
    database["deletions"].insert_one({"_id": GONE.company_id, "ticket": ObjectId()})
    platform = {"company_id": audit_api.PLATFORM.company_id, "location": "ZZ", "target": {"id": DIGITS}}
    database["audit_pending"].insert_one(dict(platform))
    database["audit_events"].insert_one({**platform, "sequence": 1})

    assert leftovers.find(GONE).left == ()


def test_all_that_is_read_is_told_for_progress(database: Stored) -> None:
    seen: list[int] = []
    leftovers.find(GONE, seen=seen.append)

    assert sum(seen) >= leftovers.size() > 0
