"""What tests of deletions stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from novapulse.queues import dead_letters
from novapulse.tenancy import removal
from novapulse.tenancy.scope import Scope
from tests.doomed import World, two_companies

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api

    Stored = Database[dict[str, Any]]


@pytest.fixture
def world(acme: Api, rival: Api, database: Stored, monkeypatch: pytest.MonkeyPatch) -> World:
    """Give two companies, one of which is to be deleted, and let nobody wait."""
    monkeypatch.setattr(dead_letters, "_LOOK_SECONDS", 0)  # moto shows all that it has at once
    monkeypatch.setattr(removal, "_LONGEST_REST_SECONDS", 0.0)
    return two_companies(database, [Scope(acme.company_id, "DE"), Scope(rival.company_id, "FR")])
