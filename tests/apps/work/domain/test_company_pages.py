"""Pages of all that a company has: every record once, in one order, however small the pages."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from apps.work import conf
from apps.work.domain import bulk_create, comments, company_pages, projects
from apps.work.domain.bulk_create import NewTask
from novapulse.data import transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.people import Person


@pytest.fixture
def filled(rival_at_work: object, desk: Person) -> None:
    """Give the company projects, tasks and comments; the rival has some of the same names."""
    for key, count in (("ZED", 3), ("APP", 4), ("NONE", 0), ("MID", 1)):
        project_id = projects.create(key=key, name=key, description="")["_id"]
        rows = [NewTask(f"{key} {number}") for number in range(1, count + 1)]
        made = bulk_create.insert_tasks(rows, project_id=project_id, reporter_id=desk.id)
        for place, task in enumerate(made):
            for said in range(place * 2):
                transaction.run(lambda task=task, said=said: comments.create(task["_id"], body=f"word {said}"))


def all_of(page: Callable[[Any], company_pages.Lines]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    place = None
    for _ in range(100):
        lines = page(place)
        found += lines.records
        place = lines.next
        if place is None:
            return found
    raise AssertionError("it does not come to an end")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_every_record_is_there_once_and_in_order_whatever_the_size_of_pages(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(conf, "EXPORT_PAGE", size)

    assert [row["key"] for row in all_of(company_pages.projects)] == ["APP", "MID", "NONE", "ZED"]
    tasks = [(row["project"], row["number"]) for row in all_of(company_pages.tasks)]
    assert tasks == [*(("APP", n) for n in range(1, 5)), ("MID", 1), *(("ZED", n) for n in range(1, 4))]
    said = [(row["project"], row["task"], row["body"]) for row in all_of(company_pages.comments)]
    assert said == [
        (key, number, f"word {word}")
        for key, count in (("APP", 4), ("MID", 1), ("ZED", 3))
        for number in range(1, count + 1)
        for word in range((number - 1) * 2)
    ]


@pytest.mark.usefixtures("filled")
def test_no_id_is_in_any_record(desk: Person) -> None:
    text = str([all_of(page) for page in company_pages.PAGES.values()])

    assert "ObjectId" not in text
    assert str(desk.membership.company_id) not in text


@pytest.mark.usefixtures("filled")
def test_members_of_the_company_alone_are_named_by_address(desk: Person) -> None:
    assert [row["email"] for row in all_of(company_pages.members)] == [desk.identity.email]
    assert {row["reporter"] for row in all_of(company_pages.tasks)} == {desk.identity.email}
    assert {row["author"] for row in all_of(company_pages.comments)} == {desk.identity.email}


def test_company_that_has_nothing_has_no_records(desk: Person) -> None:
    assert [all_of(page) for name, page in company_pages.PAGES.items() if name != "members.ndjson"] == [[], [], []]
    assert list(pairwise(all_of(company_pages.members))) == []
