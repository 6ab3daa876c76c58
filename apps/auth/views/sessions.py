"""One's own sessions, on all devices and in all companies."""
# ruff: noqa: ARG002  every handler is given the request

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth.domain import my_sessions
from apps.auth.serializers.sessions import MySessionPage
from novapulse import context
from novapulse.errors import NotFound
from novapulse.web import pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.pagination import PageQuery
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse


class MySessionsView(ApiView):
    """All that are live."""

    operations = {
        "GET": Operation("List your sessions", "sessions.read", cost=Cost.READ, answer=MySessionPage, query=PageQuery)
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page, the newest first."""
        after = pagination.read_cursor(request)
        page = my_sessions.page(context.principal(), limit=self.query["limit"], after=after)
        return pagination.answer(request, map(my_sessions.present, page.rows), position=page.next)


class MySessionView(ApiView):
    """One of them."""

    operations = {
        "DELETE": Operation(
            "End one of your sessions", "sessions.delete", cost=Cost.WRITE, status=204, problems=(NotFound,)
        )
    }

    def delete(self, request: HttpRequest, session_id: ObjectId) -> HttpResponse:
        """End it with its tokens, also the one that asks."""
        my_sessions.end(session_id, principal=context.principal())
        return rendering.nothing()


class LogoutAllView(ApiView):
    """Ends every session and access token of whoever asks, in all companies."""

    operations = {"POST": Operation("Sign out everywhere", "sessions.delete", cost=Cost.WRITE, status=204)}

    def post(self, request: HttpRequest) -> HttpResponse:
        """End them, with the one that asks."""
        my_sessions.end_all(context.principal())
        return rendering.nothing()
