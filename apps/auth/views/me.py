"""Whoever asks."""
# ruff: noqa: ARG002  every handler is given the request

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth.domain import profile
from apps.auth.serializers.me import PlacePage, Profile, ProfileChange
from novapulse import context
from novapulse.web import rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class MeView(ApiView):
    """Oneself in the company that the token is for."""

    operations = {
        "GET": Operation("Read your profile", "me.read", cost=Cost.READ, answer=Profile, versioned=False),
        "PATCH": Operation(
            "Change your name",
            "me.update",
            cost=Cost.WRITE,
            answer=Profile,
            body=ProfileChange,
            partial=True,
            versioned=False,
        ),
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it; it has no ETag, since it is made of three resources with versions of their own."""
        return rendering.answer(profile.present(profile.of(context.principal())))

    def patch(self, request: HttpRequest) -> HttpResponse:
        """Change what the body names."""
        if "name" not in self.body:
            return self.get(request)
        return rendering.answer(profile.present(profile.renamed(context.principal(), name=self.body["name"])))


class MyCompaniesView(ApiView):
    """The companies that one works in, whichever of them the token is for."""

    operations = {"GET": Operation("List your companies", "companies.read", cost=Cost.READ, answer=PlacePage)}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show all of them."""
        places = profile.companies_of(context.principal().identity_id)
        return rendering.answer({"data": places, "next_cursor": None})
