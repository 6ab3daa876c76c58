"""A client of the tiny service in routes.py."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from pymongo.database import Database

    Send = Callable[..., HttpResponse]


@pytest.fixture
def send(settings: Any) -> Send:
    """Send a request: `send("POST", "/notes", {"text": "a"}, X_Visitor="acme.ann")`; bytes go as they are."""
    settings.ROOT_URLCONF = "tests.novapulse.web.routes"
    client = Client(raise_request_exception=False)

    def sent(method: str, path: str, body: object = None, **headers: str) -> HttpResponse:
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = given.pop("Content-Type", "application/json")
        return client.generic(method, path, raw, content_type=content_type, headers=given)

    return sent


@pytest.fixture
def notes(database: Database[dict[str, Any]]) -> Any:
    """Give the notes of all companies, as a client sees them that knows nothing of companies."""
    return database.view_notes
