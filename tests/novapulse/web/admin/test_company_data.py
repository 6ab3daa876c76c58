from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib import admin
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from apps.work.models import Task
from novapulse.tenancy import scope
from novapulse.web.admin.company_data import CompanyDataAdmin, chosen

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tests.api import Api


def request(query: str = "", *, kept: str = "") -> HttpRequest:
    made = RequestFactory().get(f"/admin/somewhere/{query}")
    made.session = SessionStore()
    if kept:
        made.session["company"] = kept
    return made


@pytest.mark.parametrize(
    ("query", "kept", "expected"),
    [
        ("", "", ""),
        ("?company=acme", "rival", "acme"),
        ("?_changelist_filters=status__exact%3Ddone%26company%3Dacme", "rival", "acme"),
        ("?_changelist_filters=status__exact%3Ddone", "rival", "rival"),
        ("?company=%20acme%20", "", "acme"),
        ("?company=", "rival", "rival"),
    ],
)
def test_the_address_names_the_company_before_the_session_does(query: str, kept: str, expected: str) -> None:
    assert chosen(request(query, kept=kept)) == expected


def test_what_is_read_is_read_in_the_scope_of_the_company(acme: Api) -> None:
    page = admin.site._registry[Task]
    assert isinstance(page, CompanyDataAdmin)
    asked = request("?company=acme")

    with page.within(asked) as company:
        assert company is not None
        assert scope.current().company_id == acme.company_id == company.id
        assert list(page.get_queryset(asked)) == []
    assert scope.active() is None
    assert asked.session["company"] == "acme"


def test_without_a_company_there_is_no_query(acme: Api) -> None:
    page = admin.site._registry[Task]
    asked = request("?company=nobody")

    with page.within(asked) as company:
        assert company is None
        assert scope.active() is None
        assert page.get_queryset(asked).query.is_empty()
    assert "company" not in asked.session
