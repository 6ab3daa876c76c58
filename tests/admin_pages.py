"""Every page of the admin that shows what is in MongoDB, found by its registry, so that a new page is never left out.

Of each list: as it comes, its last page, sorted by each column, narrowed by each choice of each filter and by all at
once, searched; and the page of one of its rows. Boards and parts of the start page besides.
"""

from __future__ import annotations

import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin

from novapulse.data import registry
from novapulse.web.admin import boards, parts
from novapulse.web.admin.company_data import CompanyDataAdmin
from novapulse.web.admin.reading import ReadingAdmin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bson import Binary
    from django.http import HttpResponse
    from django.test import Client
    from pymongo.database import Database

OK = 200


@dataclass(frozen=True, slots=True)
class Page:
    """A page: of which list or board, what of it, and where."""

    of: str
    what: str
    path: str


@dataclass(frozen=True, slots=True)
class Words:
    """What is put into fields: of filters by their parameter, of searches by the list."""

    filters: Mapping[str, str]
    searches: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answered:
    """How MongoDB has answered one command: where, by which plan, how many documents it looked at, and for how long."""

    collection: str
    plan: str
    is_sorted: bool
    examined: int
    ms: int

    def __str__(self) -> str:
        return f"{self.collection} {self.plan}{' SORT' * self.is_sorted}"


def lists(words: Words) -> Iterator[Page]:
    """List what can be asked of every list, but for its last page (`further`)."""
    for model, each in admin.site._registry.items():
        if not isinstance(each, ReadingAdmin):
            continue
        of, path = model._meta.label, f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        first = {"company": words.filters["company"]} if isinstance(each, CompanyDataAdmin) else {}
        for what, asked in {"first": {}, **_sorts(each), **_filters(each, words), **_searches(each, of, words)}.items():
            yield Page(of, what, f"{path}?{urlencode({**first, **asked})}")


def further(page: Page, response: HttpResponse) -> Iterator[Page]:
    """List what the first page of a list leads to: its last page that can be reached, and a page of one row."""
    known: Any = response
    found = known.context_data["cl"]
    if found.paginator.num_pages > 1:
        yield Page(page.of, "last", f"{page.path}&p={found.paginator.num_pages}")
    if found.result_list:
        path, _, query = page.path.partition("?")
        yield Page(page.of, "one row", f"{path}{found.result_list[0].pk}/change/?_changelist_filters={query}")


def others() -> Iterator[Page]:
    """List boards and parts of the start page."""
    for board in boards._boards:
        yield Page("boards", board.name, f"/admin/boards/{board.name}/")
    for part in parts._parts:
        yield Page("start", part.name, f"/admin/parts/{part.name}/")


def thinned(pages: Iterable[Page]) -> list[Page]:
    """Leave out all but one choice of each filter."""
    return list({(each.of, each.what.partition("=")[0]): each for each in pages}.values())


@dataclass(frozen=True, slots=True)
class Watch:
    """What MongoDB's profiler notes: commands that read a whole collection or sort in memory, and no others."""

    database: Database[dict[str, Any]]

    def bad(self) -> list[Answered]:
        ours = {"ns": {"$ne": f"{self.database.name}.system.profile"}}
        return [_answered(each) for each in self.database.system.profile.find(ours)]


@contextmanager
def watched(database: Database[dict[str, Any]]) -> Iterator[Watch]:
    """Have the profiler watch; of all commands it would keep the latest alone."""
    database.command("profile", 0)
    database.system.profile.drop()
    bad = {"$or": [{"planSummary": {"$regex": "COLLSCAN"}}, {"hasSortStage": True}]}
    database.command("profile", 1, filter=bad)
    try:
        yield Watch(database)
    finally:
        database.command("profile", 0, filter="unset")
        database.system.profile.drop()


def answers(browser: Client, database: Database[dict[str, Any]], page: Page) -> list[Answered]:
    """Get the page, and tell how this process' commands were answered, by MongoDB's own profiler."""
    database.command("profile", 0)
    database.system.profile.drop()
    database.command("profile", 2)
    shown = browser.get(page.path)
    database.command("profile", 0)
    assert shown.status_code == OK, (page, shown.content)
    ours = {"ns": {"$ne": f"{database.name}.system.profile"}, "planSummary": {"$exists": True}}
    sessions = own_sessions()  # other processes may be at work on this database
    noted = database.system.profile.find(ours)
    return [_answered(each) for each in noted if each["command"].get("lsid", {}).get("id") in sessions]


def own_sessions() -> set[Binary]:
    """Give the sessions of this process at MongoDB, as the driver keeps them for its next commands."""
    provider: Any = registry.provider("mongodb")
    return {each.session_id["id"] for each in provider.client()._topology._session_pool}


def _answered(noted: Mapping[str, Any]) -> Answered:
    return Answered(
        noted["ns"].partition(".")[2],
        noted["planSummary"],
        is_sorted=noted.get("hasSortStage", False),
        examined=noted.get("docsExamined", 0),
        ms=noted["millis"],
    )


def milliseconds(browser: Client, page: Page, *, times: int) -> tuple[float, float]:
    """Get the page so many times; give the median and the longest."""
    found = [_timed(browser, page) for _ in range(times)]
    return statistics.median(found), max(found)


def quickest(browser: Client, page: Page, *, times: int) -> float:
    """Get the page so many times; give the shortest time: a machine that stalls once says nothing about the page."""
    return min(_timed(browser, page) for _ in range(times))


def _timed(browser: Client, page: Page) -> float:
    began_at = time.perf_counter()
    assert browser.get(page.path).status_code == OK, page
    return (time.perf_counter() - began_at) * 1000


def _sorts(page: ReadingAdmin) -> dict[str, dict[str, str]]:
    columns = {name: list(page.list_display).index(name) for name in page.sortable_by}
    return {f"sort {way}{name}": {"o": f"{way}{number}"} for name, number in columns.items() for way in ("", "-")}


def _filters(page: ReadingAdmin, words: Words) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    together: dict[str, str] = {}
    for each in page.list_filter:
        parameter, values = _choices(page, each, words)
        found |= {f"filter {parameter}={value}": {parameter: value} for value in values}
        together[parameter] = values[0]
    return {**found, "all filters": together} if together else {}


def _choices(page: ReadingAdmin, listed: Any, words: Words) -> tuple[str, list[str]]:
    """Give the parameter of a filter and what it may be; fails for a field to fill in of which no word is known."""
    if isinstance(listed, str):
        field = page.model._meta.get_field(listed)
        choices = [str(value) for value, _ in field.flatchoices] or ["0", "1"]
        return f"{listed}__exact", choices
    assert listed.parameter_name in words.filters, f"tests: say a word for the filter {listed.parameter_name}"
    return listed.parameter_name, [words.filters[listed.parameter_name]]


def _searches(page: ReadingAdmin, of: str, words: Words) -> dict[str, dict[str, str]]:
    if not page.search_fields:
        return {}
    assert of in words.searches, f"tests: say what is searched for in {of}"
    return {f"search {word}": {"q": word} for word in words.searches[of]}
