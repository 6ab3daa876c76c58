"""The documentation can be read without a network: everything that the page loads comes from us."""

from __future__ import annotations

import re

from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api import Api

_LOADED = re.compile(r'(?:src|href)="([^"]+)"')


def test_page_loads_only_what_we_serve_when_it_is_opened() -> None:
    page = Api().get("/api/docs/")
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    loaded = _LOADED.findall(page.content.decode())
    assert len(loaded) == 5
    for address in loaded:
        assert address.startswith("/")
        assert len(_content(address)) > 100, address


def test_page_is_there_for_who_leaves_out_the_slash_too() -> None:
    with_slash, without = Api().get("/api/docs/"), Api().get("/api/docs")

    assert (without.status_code, without.content) == (200, with_slash.content)


def test_page_allows_no_script_but_ours_and_no_other_host() -> None:
    page = Api().get("/api/docs/")
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "http" not in page.headers["Content-Security-Policy"]
    assert "<script>" not in page.content.decode()


def test_document_is_served_to_anybody_and_may_be_cached() -> None:
    response = Api().get("/openapi.json")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert [error.message for error in OpenAPIV31SpecValidator(response.json()).iter_errors()] == []


def test_unknown_parameters_and_methods_are_problem_documents_here_too() -> None:
    assert Api().get("/openapi.json?format=yaml").status_code == 400
    refused = Api().post("/api/docs/", {})
    assert refused.status_code == 405
    assert refused.headers["Content-Type"] == "application/problem+json"


def _content(address: str) -> bytes:
    """Fetch it, to the last byte: a file that is not read to its end stays open."""
    response = Client().get(address)
    assert response.status_code == 200, address
    return b"".join(response.streaming_content) if response.streaming else response.content
