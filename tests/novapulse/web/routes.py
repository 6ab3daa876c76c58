"""Routes of a tiny service that the tests of the base view talk to, over the real stores."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from django.urls import path
from pymongo.errors import ServerSelectionTimeoutError

import novapulse.web.converters  # noqa: F401  registers <oid:...>
from novapulse import clock, context
from novapulse.context import Principal
from novapulse.data import registry
from novapulse.errors import Conflict
from novapulse.tenancy import scope
from novapulse.web import fields, rendering
from novapulse.web.contract import Contract
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from pymongo.collection import Collection

COMPANIES = {"acme": scope.Scope(ObjectId(), "DE"), "rival": scope.Scope(ObjectId(), "FR")}
MEMBERS: dict[str, ObjectId] = {}

gate = threading.Event()  # a test that wants a request to be under way keeps it closed
gate.set()
entered = threading.Event()


@dataclass(frozen=True)
class Visitor:
    """Who asks, as the header says."""

    principal: Principal
    scope: scope.Scope


class HeaderAuthentication:
    """Believes `X-Visitor: company.member`, or `company.nobody` for somebody who may do nothing."""

    def authenticate(self, request: HttpRequest) -> tuple[Visitor, None] | None:
        company, _, member = request.headers.get("X-Visitor", "").partition(".")
        if not company:
            return None
        membership_id = MEMBERS.setdefault(f"{company}.{member}", ObjectId())
        principal = Principal("person", ObjectId(), membership_id, ObjectId(), role=member)
        return Visitor(principal, COMPANIES[company]), None


class NotNobody:
    """Everybody may, but for nobody."""

    def has_permission(self, request: Any, _view: object) -> bool:
        return bool(request.user.principal.role != "nobody")


class Note(Contract):
    """What a note says."""

    text = fields.Text(max_length=5000)


class Nothing(Contract):
    """No field at all."""


class Route(ApiView):
    authentication_classes = (HeaderAuthentication,)
    permission_classes = (NotNobody,)


def notes() -> Collection[dict[str, Any]]:
    return registry.provider("mongodb").database()["view_notes"]


class NotesView(Route):
    operations = {
        "GET": Operation("Count the notes", "note.read"),
        "POST": Operation("Write a note", "note.write", status=201, body=Note),
    }

    def get(self, _request: HttpRequest) -> HttpResponse:
        return rendering.answer({"count": notes().count_documents({}), "role": context.principal().role})

    def post(self, _request: HttpRequest) -> HttpResponse:
        written = notes().insert_one({"text": self.body["text"], "at": clock.now()})
        entered.set()
        gate.wait(timeout=10)
        if self.body["text"] == "conflict":
            raise Conflict
        if self.body["text"] == "bug":
            raise KeyError("a mistake of ours")
        location = f"/notes/{written.inserted_id}"
        return rendering.answer(
            {"id": written.inserted_id}, status=201, headers={"Location": location, "X-Not": "kept"}
        )


class NoteView(Route):
    operations = {
        "GET": Operation("Read a note", "note.read"),
        "PATCH": Operation("Change a note", "note.write", body=Note, partial=True, conditional=True),
        "DELETE": Operation("Delete a note", "note.write", status=204),
    }

    def get(self, _request: HttpRequest, note_id: ObjectId) -> HttpResponse:
        return rendering.answer({"id": note_id}, headers={"ETag": '"1"'})

    def patch(self, _request: HttpRequest, note_id: ObjectId) -> HttpResponse:
        return rendering.answer({"id": note_id, "version": self.expected_version, **self.body})

    def delete(self, _request: HttpRequest, note_id: ObjectId) -> HttpResponse:  # noqa: ARG002  its path names it
        return rendering.nothing()


class OpenView(Route):
    operations = {
        "GET": Operation("See what an anonymous route sees", None),
        "POST": Operation("Fail as the body says", None, body=Note),
    }

    def get(self, _request: HttpRequest) -> HttpResponse:
        try:
            seen = context.principal().role
        except LookupError:
            seen = ""
        return rendering.answer({"principal": seen, "company": str(scope.active() or "")})

    def post(self, _request: HttpRequest) -> HttpResponse:
        if self.body["text"] == "database":
            raise ServerSelectionTimeoutError("10.0.0.7:27017: refused")
        raise KeyError("/srv/secret/path.py")


class CredentialView(Route):
    operations = {"POST": Operation("Issue a credential", "note.write", body=Nothing, issues_credential=True)}

    def post(self, _request: HttpRequest) -> HttpResponse:
        return rendering.answer({"id": notes().insert_one({}).inserted_id})


urlpatterns = [
    path("notes", NotesView.as_view()),
    path("notes/<oid:note_id>", NoteView.as_view()),
    path("open", OpenView.as_view()),
    path("credential", CredentialView.as_view()),
]

handler400 = "novapulse.web.problems.bad_request"
handler403 = "novapulse.web.problems.permission_denied"
handler404 = "novapulse.web.problems.not_found"
handler500 = "novapulse.web.problems.server_error"
