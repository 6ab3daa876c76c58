"""What apps above add to the page of one below: here, to a company's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from apps.staff.domain import accounts
from novapulse.errors import Unavailable
from novapulse.web.admin import additions
from novapulse.web.admin.additions import Section
from novapulse.web.admin.parts import Cell, Content, Table
from tests import staff

if TYPE_CHECKING:
    from django.test import Client

    from tests.api import Api


@pytest.fixture
def browser(db: None) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


class Gone(Section):
    name, title = "gone", "What is away"

    def read(self, subject: Any) -> Content:
        raise Unavailable(f"Nobody knows of {subject.slug}.")


class Known(Section):
    name, title = "known", "What is known"

    def read(self, subject: Any) -> Content:
        return Content(table=Table(("What",), [(Cell(subject.slug, "/there"),)], "Nothing."), more=Cell("All", "/all"))


def test_sections_are_shown_and_one_that_cannot_be_read_hides_no_other(
    browser: Client, acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(additions._sections, "novapulse_tenants.Company", [Gone, Known])
    page = browser.get(f"/admin/novapulse_tenants/company/{acme.company['id']}/change/").content.decode()

    assert "Nobody knows of acme." in page
    assert '<a href="/there">acme</a>' in page
    assert 'href="/all"' in page


def test_what_may_be_done_besides_is_offered_on_its_page_alone() -> None:
    assert "end_all_sessions" in additions.acts_on("novapulse_tenants.Company")
    assert additions.acts_on("novapulse_auth.Person") == {}


def test_what_destroys_stands_last_and_what_is_seldom_done_under_more(browser: Client, acme: Api) -> None:
    page = browser.get(f"/admin/novapulse_tenants/company/{acme.company['id']}/change/").content.decode()
    above, found, more = page.partition("<summary")
    listed = re.findall(r'<li><a href="([^"]+)/"', more.partition("</details>")[0])
    acts = [address.rpartition("/")[2] for address in listed]

    assert found
    assert all(f"/{name}/" in above for name in ("suspend", "resume", "change_plan"))
    assert acts[:2] == ["change_limits", "make_read_only"]
    assert acts[-1] == "delete_company"
    assert {"end_all_sessions", "export"} < set(acts)
