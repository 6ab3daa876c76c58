"""How many companies there are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from apps.tenants.domain.census import census
from apps.tenants.enums import CompanyStatus
from novapulse import clock

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api


@pytest.mark.usefixtures("rival")
def test_companies_are_counted_by_their_status(acme: Api, database: Database[dict[str, object]]) -> None:
    database.companies.update_one({"slug": "acme"}, {"$set": {"status": "suspended"}})
    found = census()

    assert (found.by_status[CompanyStatus.ACTIVE], found.by_status[CompanyStatus.SUSPENDED]) == (1, 1)


@pytest.mark.usefixtures("acme")
def test_tomorrow_none_of_them_is_new() -> None:
    assert census().new_today == 1
    with clock.shifted(timedelta(days=1)):
        assert census().new_today == 0
