"""Keyset pages over MongoDB: each page starts at a place in the index, so that page 1,000 costs what page 1 costs.

The order is (field, `_id`), both in one direction; nulls come last in either direction, as a second segment of the walk
that is sorted by `_id` alone. A page starts where the last one ended, by two seeks that MongoDB merges, so that not
even a thousand rows with one and the same value cost more than the rows of the page:

    (field = v  and  _id < id)  or  field < v

Where the index has a field in front of the order's that may hold one of several values (`Walk.leading`), there are two
such seeks for each of them: MongoDB does not find the merge in an `$in` beside an `$or`, and would sort in memory
instead.

Source: M. Winand, "Paging Through Results" (use-the-index-luke.com/no-offset).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bson import ObjectId
    from pymongo.collection import Collection

Document = dict[str, Any]

_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)  # comparing with a date also leaves nulls out: MongoDB compares within a type


@dataclass(frozen=True, slots=True)
class Order:
    """A published order of a list. A nullable field must hold dates."""

    field: str
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """The last row that was handed out: its value in the order's field, and its id."""

    value: Any
    id: ObjectId


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order, and where the next page starts; None when this is the last."""

    rows: list[Document]
    next: Position | None


@dataclass(frozen=True, slots=True)
class Walk:
    """What to read and in which order: the caller's filter, order, projection and page size.

    `hint` names the index; `leading` the field before the order's in that index which `where` restricts to an `$in`.
    """

    where: Document
    order: Order
    limit: int
    projection: Document | None = None
    hint: str | None = None
    leading: str | None = None


def page(collection: Collection[Document], walk: Walk, *, after: Position | None = None) -> Page:
    """Read one page: one command, two only where a page goes over from values to nulls.

    Raises ValueError when the projection leaves out the order's field: the next page could not find its start.
    """
    _check_projection(walk)
    wanted = walk.limit + 1
    rows: list[Document] = []
    for where, sort in _segments(walk, after=after):
        rows += collection.find(where, walk.projection, sort=sort, limit=wanted - len(rows), hint=walk.hint)
        if len(rows) == wanted:
            last = rows[walk.limit - 1]
            return Page(rows[: walk.limit], Position(last.get(walk.order.field), last["_id"]))
    return Page(rows, None)


def _check_projection(walk: Walk) -> None:
    projection = walk.projection or {}
    names_what_it_shows = any(projection.values())
    for field in (walk.order.field, "_id"):
        if not projection.get(field, field == "_id" or not names_what_it_shows):
            raise ValueError(f"The projection must show {field}: the page after this one starts there.")


def _segments(walk: Walk, *, after: Position | None) -> list[tuple[Document, list[tuple[str, int]]]]:
    order, direction = walk.order, -1 if walk.order.descending else 1
    by_id, by_both = [("_id", direction)], [(order.field, direction), ("_id", direction)]
    if order.field == "_id":
        return [(_beyond_id(walk.where, order, after=after), by_id)]
    nulls = {**walk.where, order.field: None}
    if after is not None and after.value is None:
        return [(_beyond_id(nulls, order, after=after), by_id)]
    values = _beyond(walk, after=after) if after is not None else _from_the_start(walk)
    if not order.nullable or order.field in walk.where:  # a range on the field leaves the nulls out by itself
        return [(values, by_both)]
    return [(values, by_both), (nulls, by_id)]


def _from_the_start(walk: Walk) -> Document:
    if not walk.order.nullable or walk.order.field in walk.where:
        return walk.where
    return {**walk.where, walk.order.field: {"$gte": _EARLIEST}}


def _beyond_id(where: Document, order: Order, *, after: Position | None) -> Document:
    if after is None:
        return where
    bound = {"_id": {"$lt" if order.descending else "$gt": after.id}}
    return {"$and": [where, bound]} if "_id" in where else {**where, **bound}


def _beyond(walk: Walk, *, after: Position) -> Document:
    strictly, field = "$lt" if walk.order.descending else "$gt", walk.order.field
    seeks = ({field: after.value, "_id": {strictly: after.id}}, {field: {strictly: after.value}})
    rest, leads = _leads(walk)
    merged = {"$or": [{**lead, **seek} for lead in leads for seek in seeks]}
    return {"$and": [rest, merged]} if "$or" in rest else {**rest, **merged}


def _leads(walk: Walk) -> tuple[Document, list[Document]]:
    """Take the leading field out of the filter: what is left, and one condition per value."""
    if walk.leading is None:
        return walk.where, [{}]
    rest = {name: condition for name, condition in walk.where.items() if name != walk.leading}
    values = walk.where[walk.leading]["$in"]
    # By its type, null is one interval of the index; as a value it is two, which could not be merged in order.
    return rest, [{walk.leading: {"$type": "null"} if value is None else value} for value in values]
