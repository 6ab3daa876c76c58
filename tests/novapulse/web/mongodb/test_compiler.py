from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import NotSupportedError

from apps.tenants.models import Company
from tests.explained import stages

if TYPE_CHECKING:
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
