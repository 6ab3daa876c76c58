"""The application as a serving process has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api import PASSWORD
from tests.serving import serving

if TYPE_CHECKING:
    from pymongo.database import Database

FOUNDING = {
    "company_name": "Acme",
    "company_slug": "acme",
    "country": "DE",
    "name": "Olive",
    "email": "olive@acme.example",
    "password": PASSWORD,
}


@pytest.mark.servers
def test_server_that_is_told_to_stop_writes_first_when_keys_were_used(database: Database[dict[str, Any]]) -> None:
    with serving() as served:
        token = served.send("POST", "/api/v1/auth/signup", FOUNDING).json()["access_token"]
        key = served.send("POST", "/api/v1/api-keys", {"name": "CI"}, Authorization=f"Bearer {token}").json()["key"]
        assert served.send("GET", "/api/v1/me", Authorization=f"Bearer {key}").status == 200
        assert [each["last_used_at"] for each in database.api_keys.find()] == [None]
    assert [each["last_used_at"] for each in database.api_keys.find()] != [None]
