"""API keys: what programs come with."""
# ruff: noqa: ARG002  every handler is given the request

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth.domain import company_keys
from apps.auth.errors import AboveYourRole, ServiceAccountRole
from apps.auth.serializers.api_keys import (
    ApiKeyPage,
    IssuedApiKey,
    NewApiKey,
    service_account_of,
    terms_of,
)
from apps.auth.serializers.pages import ByCreationQuery
from novapulse.data.keyset import Order
from novapulse.errors import NotFound
from novapulse.web import pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse


class ApiKeysView(ApiView):
    """One's own; for whoever manages members all of the company's."""

    operations = {
        "GET": Operation(
            "List the API keys", "api_keys.read", cost=Cost.READ, answer=ApiKeyPage, query=ByCreationQuery
        ),
        "POST": Operation(
            "Issue an API key; it is shown this once",
            "api_keys.create",
            cost=Cost.WRITE,
            answer=IssuedApiKey,
            status=201,
            body=NewApiKey,
            issues_credential=True,
            problems=(AboveYourRole, ServiceAccountRole),
        ),
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page."""
        order = Order("created_at", descending=self.query["sort"].startswith("-"))
        wanted = company_keys.Wanted(order, self.query["limit"])
        page = company_keys.page(wanted, after=pagination.read_cursor(request))
        return pagination.answer(request, map(company_keys.present, page.rows), position=page.next)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Issue it: nothing on the way may keep the answer, and no idempotency record does."""
        issued = company_keys.issue(terms_of(self.body), service_account=service_account_of(self.body))
        body = {**company_keys.present(issued.key), "key": issued.text}
        return rendering.answer(body, status=201, headers={"Cache-Control": "no-store"})


class ApiKeyView(ApiView):
    """One of them."""

    operations = {
        "DELETE": Operation("End an API key", "api_keys.delete", cost=Cost.WRITE, status=204, problems=(NotFound,))
    }

    def delete(self, request: HttpRequest, key_id: ObjectId) -> HttpResponse:
        """End it: it is refused from now on."""
        company_keys.revoke(key_id)
        return rendering.nothing()
