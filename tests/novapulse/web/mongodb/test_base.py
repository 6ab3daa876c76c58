from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connections

from apps.tenants.models import Company
from novapulse.data import registry
from novapulse.tenancy.scope import ScopeMissing

if TYPE_CHECKING:
    from tests.api import Api


def test_it_reads_through_the_client_of_everything_else() -> None:
    documents = connections["mongo"]

    assert documents.get_new_connection({}) is registry.provider("mongodb").client()
    assert documents.database is registry.provider("mongodb").database()


def test_what_belongs_to_companies_is_not_read_without_one(database: object) -> None:
    with pytest.raises(ScopeMissing):
        connections["mongo"].get_collection("tasks").aggregate([])


def test_times_have_a_zone(acme: Api) -> None:
    founded = Company.objects.get(slug="acme").created_at

    assert founded.utcoffset() is not None
    assert founded.isoformat(timespec="milliseconds").startswith(acme.company["created_at"].rstrip("Z")[:19])
