"""Pages by keyset over a real collection: every row once, in order, whatever stands in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import monitoring

from novapulse.data import keyset
from novapulse.data.keyset import Order, Page, Position, Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.collection import Collection
    from pymongo.database import Database

DAY = datetime(2026, 1, 1, tzinfo=UTC)

WORDS = st.sampled_from(["", "a", "A", "ab", "é", "z"])
NUMBERS = st.integers(-3, 3)
DATES = st.integers(0, 4).map(lambda days: DAY + timedelta(days=days))


@pytest.fixture
def rows(plain_database: Database[dict[str, Any]]) -> Iterator[Collection[dict[str, Any]]]:
    collection = plain_database.keyset_rows
    collection.delete_many({})
    yield collection
    collection.drop()


def fill(rows: Collection[dict[str, Any]], values: list[Any]) -> None:
    rows.delete_many({})
    if values:
        rows.insert_many([{"value": value, "kind": index % 2} for index, value in enumerate(values)], ordered=False)


def walked(rows: Collection[dict[str, Any]], walk: Walk) -> list[ObjectId]:
    """Follow the pages to their end; none but the last may be short."""
    found: list[ObjectId] = []
    position: Position | None = None
    while True:
        page: Page = keyset.page(rows, walk, after=position)
        found += [row["_id"] for row in page.rows]
        if page.next is None:
            return found
        assert len(page.rows) == walk.limit
        position = page.next


def expected(rows: Collection[dict[str, Any]], walk: Walk) -> list[ObjectId]:
    """Sort in Python: by value, then by id, both in one direction; nulls last, by id."""
    everything, reverse = list(rows.find(walk.where)), walk.order.descending
    field = walk.order.field
    valued = [row for row in everything if row[field] is not None]
    nulls = [row for row in everything if row[field] is None]
    valued.sort(key=lambda row: (row[field], row["_id"]), reverse=reverse)
    nulls.sort(key=lambda row: row["_id"], reverse=reverse)
    return [row["_id"] for row in valued + nulls]


real_collection = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@real_collection
@given(
    values=st.one_of(st.lists(NUMBERS, max_size=12), st.lists(DATES, max_size=12)),
    descending=st.booleans(),
    limit=st.integers(1, 5),
)
def test_every_row_comes_once_and_in_order(
    rows: Collection[dict[str, Any]],
    values: list[Any],
    descending: bool,  # noqa: FBT001  a parameter
    limit: int,
) -> None:
    fill(rows, values)
    walk = Walk({}, Order("value", descending=descending), limit)

    assert walked(rows, walk) == expected(rows, walk)


@real_collection
@given(values=st.lists(st.none() | DATES, max_size=12), descending=st.booleans(), limit=st.integers(1, 5))
def test_nulls_come_last_in_either_direction(
    rows: Collection[dict[str, Any]],
    values: list[Any],
    descending: bool,  # noqa: FBT001  a parameter
    limit: int,
) -> None:
    fill(rows, values)
    walk = Walk({"kind": 0}, Order("value", descending=descending, nullable=True), limit)

    assert walked(rows, walk) == expected(rows, walk)


@real_collection
@given(values=st.lists(st.none() | DATES, max_size=12), limit=st.integers(1, 5))
def test_a_range_on_the_orders_field_leaves_nulls_out(
    rows: Collection[dict[str, Any]], values: list[Any], limit: int
) -> None:
    fill(rows, values)
    walk = Walk({"value": {"$gte": DAY + timedelta(days=1)}}, Order("value", nullable=True), limit)

    assert walked(rows, walk) == expected(rows, walk)


@real_collection
@given(values=st.lists(WORDS, max_size=12), descending=st.booleans())
def test_a_filter_with_an_or_of_its_own_still_holds(
    rows: Collection[dict[str, Any]],
    values: list[str],
    descending: bool,  # noqa: FBT001  a parameter
) -> None:
    fill(rows, values)
    walk = Walk({"$or": [{"kind": 1}, {"value": "a"}]}, Order("value", descending=descending), 2)

    assert set(walked(rows, walk)) == set(expected(rows, walk))
    assert len(walked(rows, walk)) == len(expected(rows, walk))


@pytest.mark.parametrize("descending", [False, True])
def test_the_order_by_id_keeps_a_filter_on_ids(rows: Collection[dict[str, Any]], descending: bool) -> None:  # noqa: FBT001  a parameter
    fill(rows, list(range(10)))
    some = [row["_id"] for row in rows.find().sort("_id")][2:8]
    walk = Walk({"_id": {"$in": some}}, Order("_id", descending=descending), 2)

    assert walked(rows, walk) == sorted(some, reverse=descending)


def test_rows_that_come_and_go_between_pages_disturb_nobody(rows: Collection[dict[str, Any]]) -> None:
    fill(rows, [1, 2, 3, 4, 5, 6])
    walk = Walk({}, Order("value"), 2)
    first = keyset.page(rows, walk)
    rows.delete_one({"value": 2})
    rows.insert_one({"value": 0, "kind": 0})
    second = keyset.page(rows, walk, after=first.next)

    assert [row["value"] for row in first.rows] == [1, 2]
    assert [row["value"] for row in second.rows] == [3, 4]


def test_an_empty_collection_is_one_empty_page(rows: Collection[dict[str, Any]]) -> None:
    assert keyset.page(rows, Walk({}, Order("value", nullable=True), 5)) == Page([], None)


@pytest.mark.parametrize("projection", [{"kind": 1}, {"value": 0}, {"value": 1, "_id": 0}])
def test_a_projection_that_hides_where_the_next_page_starts_is_refused(
    rows: Collection[dict[str, Any]], projection: dict[str, int]
) -> None:
    with pytest.raises(ValueError, match="must show"):
        keyset.page(rows, Walk({}, Order("value"), 5, projection))


@pytest.mark.parametrize("projection", [None, {}, {"value": 1}, {"kind": 0}, {"value": 1, "kind": 1}])
def test_a_projection_that_shows_it_is_taken(rows: Collection[dict[str, Any]], projection: dict[str, int]) -> None:
    fill(rows, [1, 2, 3])
    walk = Walk({}, Order("value"), 1, projection)

    assert len(walked(rows, walk)) == 3


class Commands(monitoring.CommandListener):
    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""


def test_a_page_is_one_command_and_two_only_where_values_end(rows: Collection[dict[str, Any]], mongo_uri: str) -> None:
    from pymongo import MongoClient  # noqa: PLC0415  a client of this test's own

    fill(rows, [DAY, DAY, DAY, None, None, None])
    walk = Walk({}, Order("value", nullable=True), 2)
    commands = Commands()
    with MongoClient[dict[str, Any]](mongo_uri, tz_aware=True, event_listeners=[commands]) as client:
        watched = client[rows.database.name][rows.name]
        counts, position = [], None
        for _ in range(3):
            before = len(commands.names)
            position = keyset.page(watched, walk, after=position).next
            counts.append(len(commands.names) - before)

    assert counts == [1, 2, 1]
    assert set(commands.names[: sum(counts)]) == {"find"}


def test_a_late_page_examines_no_more_keys_than_the_first(rows: Collection[dict[str, Any]]) -> None:
    rows.create_index([("value", 1), ("_id", 1)])
    fill(rows, [index // 3 for index in range(3_000)])
    walk, position = Walk({}, Order("value"), 25), Position(950, ObjectId())
    ((where, sort),) = keyset._segments(walk, after=position)
    plan = rows.find(where, sort=sort, limit=26).explain()["executionStats"]

    assert plan["totalKeysExamined"] <= 2 * 26
