"""Deleting a company by its page in the admin."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from apps.operations.domain import deletions
from apps.operations.errors import NoSuchDeletion
from apps.staff.domain import accounts
from tests import staff

if TYPE_CHECKING:
    from django.test import Client

    from tests.api import Api


@pytest.fixture
def browser(db: None, database: object) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def page(company: Api) -> str:
    return f"/admin/novapulse_tenants/company/{company.company['id']}/delete_company/"


def test_staff_close_a_company_that_is_to_be_deleted_when_the_days_are_over(
    browser: Client, acme: Api, rival: Api
) -> None:
    given = {"days": "14", "confirm": "acme", "reason": "contract ended"}
    told = browser.post(page(acme), given, follow=True).content.decode()
    deletion = deletions.of_company("acme")

    assert "is closed, and is to be deleted at" in told
    assert (deletion.reason, deletion.asked_by) == ("contract ended", staff.EMAIL)
    assert deletion.delete_at - deletion.asked_at == timedelta(days=14)
    assert [each.get("/me").status_code for each in (acme, rival)] == [401, 200]


@pytest.mark.parametrize("given", [{"confirm": "rival"}, {"confirm": ""}, {"days": "0"}, {"reason": ""}])
def test_nobody_is_deleted_by_mistake(given: dict[str, str], browser: Client, acme: Api) -> None:
    told = browser.post(page(acme), {"days": "14", "confirm": "acme", "reason": "contract ended", **given})

    assert told.status_code == 200  # the form again
    assert acme.get("/me").status_code == 200
    with pytest.raises(NoSuchDeletion):
        deletions.of_company("acme")


def test_who_may_only_look_deletes_nobody(db: None, acme: Api) -> None:
    reader = staff.signed_in(accounts.create_reader(staff.EMAIL))

    assert reader.post(page(acme), {"days": "14", "confirm": "acme", "reason": "x"}).status_code == 403
    assert acme.get("/me").status_code == 200
