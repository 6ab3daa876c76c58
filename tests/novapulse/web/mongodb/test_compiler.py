from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import NotSupportedError

from apps.operations.domain.declarations import declared_indexes
from apps.tenants.models import Company
from apps.work.models import Task
from novapulse.tenancy import scope
from tests.explained import stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    from tests.api import Api


@pytest.mark.parametrize("order", ["slug", "-slug", "pk", "-pk"])
def test_an_index_serves_the_sort(acme: Api, order: str) -> None:
    found = stages(Company.objects.order_by(order)[:50])

    assert "IXSCAN" in found
    assert not found & {"COLLSCAN", "SORT", "$sort"}


def test_the_beginning_of_a_slug_is_found_by_an_index(acme: Api, rival: Api) -> None:
    found = Company.objects.filter(slug__startswith="ac").order_by("slug")

    assert [company.slug for company in found] == ["acme"]
    assert not stages(found) & {"COLLSCAN", "SORT", "$sort"}


def test_the_index_that_a_model_names_is_taken(acme: Api, database: Database[dict[str, Any]]) -> None:
    done = Task.objects.filter(status="done")
    lists = [
        Task.objects.order_by("-created_at", "-pk"),
        done.order_by("-created_at", "-pk")[50:],
        done.order_by("due_at"),
    ]
    with profiled(database) as noted, scope.company(acme.company_id, location="DE"):
        assert [list(each) for each in [*lists, Task.objects.order_by("title")]] == [[], [], [], []]

    assert [each["command"].get("hint") for each in noted] == ["all_created", "status_created", "all_due", None]


def test_names_of_indexes_that_models_take_are_declared() -> None:
    declared = {(index.collection, index.name) for index in declared_indexes()}
    named = {
        (model._meta.db_table, name) for model in apps.get_models() for name in getattr(model, "hints", {}).values()
    }

    assert named
    assert named - declared == set()


def test_what_is_counted_is_not_fetched(acme: Api, database: Database[dict[str, Any]]) -> None:
    with profiled(database) as noted:
        counted = Company.objects.filter(slug__startswith="ac").order_by("slug")[:100].count()

    assert (counted, noted[0]["keysExamined"] > 0, noted[0]["docsExamined"]) == (1, True, 0)


@contextmanager
def profiled(database: Database[dict[str, Any]]) -> Iterator[list[Any]]:
    """Give, once the block is done, what MongoDB noted of its queries."""
    noted: list[Any] = []
    database.command("profile", 2)
    try:
        yield noted
    finally:
        database.command("profile", 0)
    noted += database.system.profile.find({"op": "command", "command.aggregate": {"$in": ["companies", "tasks"]}})
    database.system.profile.drop()


def test_nothing_is_written(acme: Api) -> None:
    company = Company.objects.get(slug="acme")
    company.name = "Another"

    with pytest.raises(NotSupportedError):
        company.save()
    with pytest.raises(NotSupportedError):
        Company.objects.filter(slug="acme").update(name="Another")
    with pytest.raises(NotSupportedError):
        company.delete()
    with pytest.raises(NotSupportedError):
        Company.objects.create(slug="new", name="New")
    assert acme.get("/company").json()["name"] == "Acme"
