"""Parts of the start page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from apps.operations.admin import home
from apps.staff.domain import accounts
from novapulse.errors import Unavailable
from novapulse.web.admin.parts import Chart, Content, Figure, Line
from tests import staff

if TYPE_CHECKING:
    from django.test import Client

PART = "/admin/parts/companies/"


@pytest.fixture
def browser(db: None, database: object) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def show(monkeypatch: pytest.MonkeyPatch, content: Content | Exception) -> None:
    def read(_part: object, _request: object) -> Content:
        if isinstance(content, Exception):
            raise content
        return content

    monkeypatch.setattr(home.Companies, "read", read)


def test_the_page_names_its_parts_and_reads_none(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    show(monkeypatch, RuntimeError("it was read"))
    page = browser.get("/admin/").content.decode()

    assert f'data-from="{PART}"' in page
    assert "Companies" in page


def test_a_part_shows_its_figures(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    show(monkeypatch, Content(figures=(Figure("Of <all>", "12", "counted"),)))
    page = browser.get(PART).content.decode()

    assert 'data-part="companies"' in page
    assert "Of &lt;all&gt;" in page


def test_what_a_store_says_is_said_in_its_place(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    show(monkeypatch, Unavailable("Redis does not answer."))
    answer = browser.get(PART)

    assert answer.status_code == 503
    assert 'data-part="companies"' in answer.content.decode()
    assert "Redis does not answer." in answer.content.decode()


def test_a_mistake_of_ours_is_no_trouble_of_a_store(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    show(monkeypatch, KeyError("ours"))

    assert browser.get(PART).status_code == 500


def test_a_chart_leaves_out_what_nobody_knows() -> None:
    moments = [datetime(2026, 1, 1, 12, 0, second, tzinfo=UTC) for second in (0, 10)]
    chart = Chart("rate", "Rate", "Rate.", moments, (Line("all", [None, 2.5]),), unit="ms")
    data = json.loads(chart.data)

    assert data["labels"] == ["12:00:00", "12:00:10"]
    assert data["datasets"][0]["data"] == [None, 2.5]


def test_a_stranger_sees_no_part(db: None, client: Client) -> None:
    assert client.get(PART).status_code == 302
