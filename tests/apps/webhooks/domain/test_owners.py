"""Whose a webhook is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bson import ObjectId

from apps.webhooks.domain import endpoints
from apps.webhooks.domain.endpoints import NewEndpoint
from apps.webhooks.domain.owners import OWNERS

if TYPE_CHECKING:
    from tests.people import Person


def test_a_webhook_belongs_to_its_company(desk: Person) -> None:
    made = endpoints.create(NewEndpoint("https://hooks.example.com/in")).endpoint

    assert OWNERS["webhook_id"](made["_id"]) == desk.membership.company_id
    assert OWNERS["webhook_id"](ObjectId()) is None
