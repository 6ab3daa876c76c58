"""Lists of tasks: filtered and sorted on an index, or found by their words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.work.documents import Task
from apps.work.domain import task_index
from novapulse.data import keyset, staleness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pymongo.collection import Collection

Document = dict[str, Any]

MOST_FOUND = 1000  # of a text search: who reads on so far needs other words

SORTS = {
    "created_at": keyset.Order("created_at"),
    "-created_at": keyset.Order("created_at", descending=True),
    "updated_at": keyset.Order("updated_at"),
    "-updated_at": keyset.Order("updated_at", descending=True),
    "due_at": keyset.Order("due_at", nullable=True),
    "-due_at": keyset.Order("due_at", descending=True, nullable=True),
}
DEFAULT_SORT = "-created_at"

_SCORE = {"$meta": "textScore"}
_BY_SCORE: list[tuple[str, Any]] = [("score", _SCORE), ("_id", -1)]


@dataclass(frozen=True, slots=True)
class TaskSearch:
    """Which tasks, in which order, how many, what of each, and how far behind they may be.

    among: for a field the values of which one must be its; for `labels`, one of its values. within: for a field its
    bounds, `$gte` or `$lt`. sort: one of `SORTS`. names: of stored fields; None for all.
    """

    limit: int
    among: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    within: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sort: str = DEFAULT_SORT
    names: frozenset[str] | None = None
    max_staleness_seconds: int = 0


def page(search: TaskSearch, *, after: keyset.Position | None = None) -> keyset.Page:
    """Read one page of a list: one command, two only where a page by `due_at` goes over to tasks without it."""
    return keyset.page(_stored(search), walk(search), after=after)


def walk(search: TaskSearch) -> keyset.Walk:
    """Say how the list is read: by which filter, order and index."""
    order = SORTS[search.sort]
    index = task_index.choose(search.among, sort=order.field)
    projection = None if search.names is None else dict.fromkeys({*search.names, order.field}, 1)
    return keyset.Walk(
        _where(search), order, search.limit, projection=projection, hint=index.name, leading=index.leading
    )


def stored(search: TaskSearch) -> Document:
    """Give what a search narrows by as a document that can be stored, without a name that looks like an operator."""
    return {
        "among": [[name, list(values)] for name, values in search.among.items()],
        "within": [[name, [list(bound) for bound in bounds.items()]] for name, bounds in search.within.items()],
    }


def restored(document: Document, *, limit: int) -> TaskSearch:
    """Give the search that `stored` has written, the oldest tasks first."""
    within = {name: dict(bounds) for name, bounds in document["within"]}
    return TaskSearch(limit, among=dict(document["among"]), within=within, sort="created_at")


def count(search: TaskSearch) -> int:
    """Count the tasks of a list on its index: one command."""
    index = task_index.choose(search.among, sort=SORTS[search.sort].field)
    return Task.collection().count_documents(_where(search), hint=index.name)


def found(search: TaskSearch, *, text: str, after: keyset.Position | None = None) -> keyset.Page:
    """Read one page of the tasks whose title or description has one of these words, the best first: one command.

    text: words; a phrase in quotation marks must be there, a word behind a hyphen must not. after: a position that
    counts rows, since at most the best `MOST_FOUND` are handed out.

    MongoDB weighs every task of the company that has one of the words, and fetches it to do so: that is the bound.
    """
    start = 0 if after is None else int(after.value)
    wanted = min(search.limit, MOST_FOUND - start)
    cursor = _stored(search).find(
        {"$text": {"$search": text}, **_where(search)},
        _scored(search.names),
        sort=_BY_SCORE,
        skip=start,
        limit=wanted + 1,
    )
    rows = list(cursor)
    is_last = len(rows) <= wanted or start + wanted >= MOST_FOUND
    following = None if is_last else keyset.Position(start + wanted, rows[wanted - 1]["_id"])
    return keyset.Page(rows[:wanted], following)


def _stored(search: TaskSearch) -> Collection[Document]:
    return staleness.relaxed(Task.collection(), max_staleness_seconds=search.max_staleness_seconds)


def _where(search: TaskSearch) -> Document:
    among = {name: {"$in": list(values)} for name, values in search.among.items()}
    return among | {name: dict(bounds) for name, bounds in search.within.items()}


def _scored(names: frozenset[str] | None) -> Document:
    score: Document = {"score": _SCORE}
    return score if names is None else score | dict.fromkeys(names, 1)
