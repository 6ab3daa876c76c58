from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.staff.domain import accounts
from apps.tenants.models import Company
from novapulse.web.admin import reading
from novapulse.web.admin.reading import BoundedPaginator
from tests import staff

if TYPE_CHECKING:
    import pytest

    from tests.api import Api
    from tests.commands import Commands

LIST = "/admin/novapulse_tenants/company/"


def test_a_count_stops_at_the_bound(acme: Api, rival: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BoundedPaginator(Company.objects.order_by("slug"), 50).count == 2

    monkeypatch.setattr(reading, "COUNTED_AT_MOST", 1)
    assert BoundedPaginator(Company.objects.order_by("slug"), 50).count == 1


def test_a_list_takes_a_count_and_a_query_and_is_written_down(
    db: None, acme: Api, rival: Api, commands: Commands
) -> None:
    browser = staff.signed_in(accounts.create(staff.EMAIL))
    commands.names.clear()
    listed = browser.get(LIST)

    assert listed.status_code == 200
    assert commands.names[:3] == ["insert", "aggregate", "aggregate"]  # first it is written down


def test_nobody_adds_changes_or_deletes(db: None, acme: Api) -> None:
    browser = staff.signed_in(accounts.create(staff.EMAIL))
    one = f"{LIST}{acme.company['id']}/"
    tries: list[Any] = [
        browser.get(f"{LIST}add/"),
        browser.post(f"{one}change/", {"name": "Another"}),
        browser.post(f"{one}delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in tries] == [403, 403, 403]
    assert acme.get("/company").json()["name"] == "Acme"


def test_a_reader_sees_and_may_not_act(db: None, acme: Api) -> None:
    browser = staff.signed_in(accounts.create_reader(staff.EMAIL))
    one = f"{LIST}{acme.company['id']}/"
    page = browser.get(f"{one}change/").content.decode()

    assert "Acme" in page
    assert "/suspend/" not in page
    assert browser.post(f"{one}suspend/", {"reason": "a try"}).status_code == 403
    assert acme.get("/me").status_code == 200
