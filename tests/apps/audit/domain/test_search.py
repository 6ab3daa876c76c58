"""Lists of records run on indexes; the whole chain comes by its numbers."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.audit import conf
from apps.audit.documents import AuditEvent
from apps.audit.domain import records, sealing, search
from apps.audit.domain.records import Entry
from apps.audit.domain.search import AuditSearch
from apps.audit.enums import Action
from novapulse import clock
from novapulse.data import keyset
from novapulse.data.keyset import Position
from novapulse.tenancy import scope
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

HOME, RIVAL = Scope(ObjectId(), "DE"), Scope(ObjectId(), "FR")
ACTORS, TARGETS, ROWS = [ObjectId() for _ in range(3)], [ObjectId() for _ in range(20)], 600
WORDS = [Action.TASK_CREATED.value, Action.TASK_UPDATED.value, Action.TASK_DELETED.value]


@pytest.fixture
def bound(database: object) -> Iterator[None]:
    with scope.company(HOME.company_id, location=HOME.location):
        yield


@pytest.fixture
def filled(database: Database[dict[str, Any]]) -> list[Any]:
    """Fill two companies' chains, three records at each moment; give the moments."""
    start = clock.now() - timedelta(days=30)
    moments = [start + timedelta(minutes=number // 3) for number in range(ROWS)]
    for home in (HOME, RIVAL):
        database.audit_events.insert_many(_row(home, n, moment) for n, moment in enumerate(moments))
    return moments


def _row(home: Scope, number: int, moment: Any) -> dict[str, Any]:
    return {
        "company_id": home.company_id,
        "location": home.location,
        "sequence": number + 1,
        "at": moment,
        "action": WORDS[number % 3],
        "actor": {"membership_id": ACTORS[number % 3]},
        "target": {"type": "task", "id": TARGETS[number % 20]},
        "hash": b"",
    }


FILTERS: list[dict[str, Any]] = [
    {},
    {"action": WORDS[:1]},
    {"action": WORDS[:2]},
    {"actor.membership_id": ACTORS[:2]},
    {"target.id": TARGETS[:2]},
    {"target.id": TARGETS[:2], "action": WORDS[:2], "actor.membership_id": ACTORS[:1]},
]


@pytest.mark.parametrize(("among", "sort", "place"), list(product(FILTERS, search.SORTS, ["first", "later"])))
def test_each_filter_with_each_order_runs_on_an_index_without_sorting(
    filled: list[Any], bound: None, among: dict[str, Any], sort: str, place: str
) -> None:
    after = None if place == "first" else Position(filled[ROWS // 2], ObjectId())
    walk = search.walk(AuditSearch(25, among=among, sort=sort))
    ((where, order),) = keyset._segments(walk, after=after)
    plan = AuditEvent.collection().find(where, sort=order, limit=26, hint=walk.hint).explain()

    stats = plan["executionStats"]
    assert "'SORT'" not in str(plan["queryPlanner"]["winningPlan"])
    assert stats["nReturned"] == 26 or among
    if len(among) <= 1:
        assert stats["totalDocsExamined"] <= 26 + 1
        assert stats["totalKeysExamined"] <= 26 + 8


def test_bounds_of_time_bound_what_is_read(filled: list[Any], bound: None) -> None:
    within = {"$gte": filled[300], "$lt": filled[309]}
    walk = search.walk(AuditSearch(25, within=within))
    ((where, order),) = keyset._segments(walk, after=None)
    stats = AuditEvent.collection().find(where, sort=order, limit=26, hint=walk.hint).explain()["executionStats"]

    assert (stats["nReturned"], stats["totalDocsExamined"]) == (9, 9)


def test_whoever_lists_finds_what_was_recorded_just_now_and_nothing_of_others(bound: None) -> None:
    records.note([Entry(Action.TASK_CREATED, home=home) for home in (HOME, RIVAL, HOME)])

    rows = search.page(AuditSearch(25)).rows
    assert [(row["sequence"], row["company_id"]) for row in rows] == [(2, HOME.company_id), (1, HOME.company_id)]


def test_what_is_exported_can_be_verified_by_anybody(bound: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "EXPORT_BATCH", 2)
    records.note([Entry(Action.TASK_UPDATED, ObjectId(), changed=["title"], home=HOME) for _ in range(5)])
    sealing.seal(HOME)

    digest = "0" * 64
    for number, line in enumerate(b"".join(search.lines(after=0)).splitlines(), 1):
        row = json.loads(line)
        said = row.pop("hash")
        text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = sha256(f"{digest}\n{text}".encode()).hexdigest()
        assert (row["sequence"], said) == (number, digest)
    assert number == 5
    assert len(b"".join(search.lines(after=3)).splitlines()) == 2


def test_lines_are_read_on_after_the_scope_is_left(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "EXPORT_BATCH", 1)
    records.note([Entry(Action.TASK_CREATED, home=home) for home in (HOME, RIVAL, HOME)])
    with scope.company(HOME.company_id, location=HOME.location):
        lines = search.lines(after=0)

    assert len(list(lines)) == 2
