"""A company's data page by page, in an order and in words that hold elsewhere: keys, numbers, addresses, no ids.

Each function takes where the page before has ended, as a document that can be stored, and gives lines and where to go
on; None for that when there is no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.auth import api as auth_api
from apps.work import conf
from apps.work.documents import Comment, Project, Task
from apps.work.domain import export_rows
from novapulse.data import keyset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Document = dict[str, Any]
Place = Document | None

_BY_NUMBER = keyset.Order("number")
_BY_TIME = keyset.Order("created_at")


@dataclass(frozen=True, slots=True)
class Lines:
    """Records of one page, and where the next one begins."""

    records: list[Document]
    next: Place


def members(_place: Place) -> Lines:
    """Give everybody who is or was a member, by their address: at once, since people are few."""
    return Lines(auth_api.roster(), None)


def projects(place: Place) -> Lines:
    """Give projects by their key."""
    walk = keyset.Walk({}, keyset.Order("key"), conf.EXPORT_PAGE, hint="key")
    page = keyset.page(Project.collection(), walk, after=_position(place))
    shown = ("key", "name", "description", "status", "next_number", "version", "created_at", "updated_at")
    return Lines([{name: row[name] for name in shown} for row in page.rows], _place(page.next))


def tasks(place: Place) -> Lines:
    """Give tasks by the key of their project and their number."""
    rows = list(_tasks_behind(place, most=conf.EXPORT_PAGE))
    found = [task for _, task in rows]
    names = export_rows.names_of(found)
    after = {"key": rows[-1][0], "value": found[-1]["number"], "id": found[-1]["_id"]} if rows else None
    return Lines([export_rows.record(task, names) for task in found], after)


def comments(place: Place) -> Lines:
    """Give comments by their task, in the order in which they were made.

    A place names a task, and within it the comment behind which to go on; without one, its comments are all given.
    """
    rows: list[tuple[str, int, Document]] = []
    at = place
    for key, task, within in _commented(place):
        wanted = conf.EXPORT_PAGE - len(rows)
        walk = keyset.Walk({"task_id": task["_id"]}, _BY_TIME, wanted, hint="task")
        page = (
            keyset.page(Comment.collection(), walk, after=within) if task["comments_written"] else keyset.Page([], None)
        )
        rows += [(key, task["number"], comment) for comment in page.rows]
        at = {"key": key, "value": task["number"], "id": task["_id"], "comment": _place(page.next)}
        if page.next is not None or len(rows) == conf.EXPORT_PAGE:
            break
    return Lines(_said(rows), None if at == place else at)


def _said(rows: list[tuple[str, int, Document]]) -> list[Document]:
    people = auth_api.emails_of_members({comment["author_id"] for _, _, comment in rows})
    return [
        {
            "project": key,
            "task": number,
            "author": people.get(comment["author_id"]),
            "body": comment["body"],
            "version": comment["version"],
            "created_at": comment["created_at"],
            "updated_at": comment["updated_at"],
        }
        for key, number, comment in rows
    ]


def _commented(place: Place) -> Iterator[tuple[str, Document, keyset.Position | None]]:
    """Give the task that is not done with, then at most a page of those behind it."""
    if place is not None and place["comment"] is not None:
        task = {"_id": place["id"], "number": place["value"], "comments_written": 1}
        yield place["key"], task, _position(place["comment"])
    for key, task in _tasks_behind(place, most=conf.EXPORT_PAGE, names=("number", "comments_written")):
        yield key, task, None


def _tasks_behind(place: Place, *, most: int, names: tuple[str, ...] = ()) -> Iterator[tuple[str, Document]]:
    """Give tasks behind a place, with the key of their project; names: of the fields that are wanted, none for all."""
    projection = dict.fromkeys(names, 1) or None
    for project in _projects_with_tasks(place):
        is_first = place is not None and project["key"] == place["key"]
        walk = keyset.Walk({"project_id": project["_id"]}, _BY_NUMBER, most, projection=projection, hint="number")
        page = keyset.page(Task.collection(), walk, after=_position(place) if is_first else None)
        for task in page.rows:
            yield project["key"], task
        most -= len(page.rows)
        if most == 0:
            return


def _projects_with_tasks(place: Place) -> Iterator[Document]:
    start = "" if place is None else place["key"]
    found = Project.collection().find(
        {"key": {"$gte": start}}, {"key": 1, "next_number": 1}, sort=[("key", 1)], hint="key"
    )
    return (project for project in list(found) if project["next_number"] > 1)


def _position(place: Place) -> keyset.Position | None:
    return None if place is None else keyset.Position(place["value"], place["id"])


def _place(position: keyset.Position | None) -> Place:
    return None if position is None else {"value": position.value, "id": position.id}


PAGES: Mapping[str, Callable[[Place], Lines]] = {
    "members.ndjson": members,
    "projects.ndjson": projects,
    "tasks.ndjson": tasks,
    "comments.ndjson": comments,
}
