"""Every change that the API offers, each once, in an order in which it can succeed; and what the audit calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core import mail

from tests.api import PASSWORD, Api
from tests.authenticator import Authenticator

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

NEW_PASSWORD = "another river under five bridges"
LONG_AGO = "2020-01-01T00:00:00Z"
URL = "https://hooks.example.com/in"


@dataclass
class World:
    """Somebody with a company, and what was made in it."""

    owner: Api
    ids: dict[str, str]

    def made(self, name: str, response: HttpResponse) -> HttpResponse:
        self.ids[name] = response.json()["id"]
        return response

    def fresh(self) -> Api:
        body = {"email": self.owner.email, "password": PASSWORD, "company_slug": "acme"}
        granted = Api().post("/auth/login", body).json()
        return Api(granted["access_token"], granted["refresh_token"], self.owner.email, self.owner.company)

    def invited(self, email: str) -> str:
        self.owner.post("/invitations", {"email": email, "role": "member"})
        return str(mail.outbox[-1].body.split("token=")[1].split()[0])

    def enrolled(self) -> Authenticator:
        return Authenticator(self.owner.post("/auth/mfa:enrol").json()["secret"])

    def own(self, name: str) -> str:
        return self.ids[name]


def _task(world: World) -> dict[str, Any]:
    return {"project_id": world.own("project"), "title": "Secret"}


def _batch(world: World) -> HttpResponse:
    return world.owner.post("/tasks:batch", {"operations": [{"op": "create", "body": _task(world)}]})


def _signup(_world: World) -> HttpResponse:
    names = {"company_name": "New", "company_slug": "new", "country": "DE", "name": "Nora"}
    return Api().post("/auth/signup", {**names, "email": "nora@new.example", "password": PASSWORD})


def _accept(world: World) -> HttpResponse:
    body = {"token": world.own("token"), "name": "Max", "password": PASSWORD}
    response = Api().post("/invitations:accept", body)
    member = Api(response.json()["access_token"])
    world.ids["member"] = member.get("/me").json()["membership_id"]
    return response


def _forgot(world: World) -> HttpResponse:
    from apps.auth.domain import password_reset  # noqa: PLC0415  once the apps are ready

    response = Api().post("/auth/password:forgot", {"email": world.owner.email})
    assert password_reset.room.drain(seconds=30)
    return response


def _reset(_world: World) -> HttpResponse:
    token = mail.outbox[-1].body.split("token=")[1].split()[0]
    return Api().post("/auth/password:reset", {"token": token, "new_password": PASSWORD})


def _change_password(world: World) -> HttpResponse:
    response = world.owner.post("/auth/password:change", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    world.owner.token = response.json()["access_token"]
    return response


def _rename(world: World) -> HttpResponse:
    return world.owner.patch("/me", {"name": "Olive"})


def _other_session(world: World) -> HttpResponse:
    sessions = world.owner.get("/me/sessions").json()["data"]
    other = next(each["id"] for each in sessions if not each["current"])
    return world.owner.delete(f"/me/sessions/{other}")


def _company(world: World) -> HttpResponse:
    version = world.owner.get("/company").json()["version"]
    return world.owner.patch("/company", {"name": "Secret"}, version=version)


# By method and route, in an order in which each can succeed: what is made ready, what is asked, which words it records.
Step = tuple["Callable[[World], object]", "Callable[[World], HttpResponse]", set[str]]


def _nothing(_world: World) -> None:
    """Most need nothing made ready."""


STEPS: dict[str, Step] = {
    "POST projects": (
        _nothing,
        lambda w: w.made("project", w.owner.post("/projects", {"key": "APP", "name": "Secret"})),
        {"project.created"},
    ),
    "PATCH projects/<oid:project_id>": (
        _nothing,
        lambda w: w.owner.patch(f"/projects/{w.own('project')}", {"name": "Secret, too"}, version=1),
        {"project.updated"},
    ),
    "POST tasks": (_nothing, lambda w: w.made("task", w.owner.post("/tasks", _task(w))), {"task.created"}),
    "POST tasks:batch": (_nothing, _batch, {"task.created"}),
    "PATCH tasks/<oid:task_id>": (
        _nothing,
        lambda w: w.owner.patch(f"/tasks/{w.own('task')}", {"status": "done"}, version=1),
        {"task.updated"},
    ),
    "POST tasks/<oid:task_id>/comments": (
        _nothing,
        lambda w: w.made("comment", w.owner.post(f"/tasks/{w.own('task')}/comments", {"body": "Secret"})),
        {"comment.created"},
    ),
    "PATCH comments/<oid:comment_id>": (
        _nothing,
        lambda w: w.owner.patch(f"/comments/{w.own('comment')}", {"body": "Secret, too"}, version=1),
        {"comment.updated"},
    ),
    "DELETE comments/<oid:comment_id>": (
        _nothing,
        lambda w: w.owner.delete(f"/comments/{w.own('comment')}", version=2),
        {"comment.deleted"},
    ),
    "DELETE tasks/<oid:task_id>": (
        _nothing,
        lambda w: w.owner.delete(f"/tasks/{w.own('task')}", version=2),
        {"task.deleted"},
    ),
    "DELETE projects/<oid:project_id>": (
        lambda w: w.made("empty", w.owner.post("/projects", {"key": "ONE", "name": "Empty"})),
        lambda w: w.owner.delete(f"/projects/{w.own('empty')}", version=1),
        {"project.deleted"},
    ),
    "POST imports": (
        _nothing,
        lambda w: w.owner.upload("/imports", b"key,title\nA-1,Secret\n", project_id=w.own("project")),
        {"job.created"},
    ),
    "POST exports": (_nothing, lambda w: w.owner.post("/exports", {"format": "csv"}), {"job.created"}),
    "POST purges": (_nothing, lambda w: w.owner.post("/purges", {"status": ["done"]}), {"job.created"}),
    "POST company:export": (_nothing, lambda w: w.owner.post("/company:export"), {"job.created"}),
    "POST webhooks": (
        _nothing,
        lambda w: w.made("webhook", w.owner.post("/webhooks", {"url": URL})),
        {"webhook.created"},
    ),
    "POST webhooks/<oid:webhook_id>:test": (
        _nothing,
        lambda w: w.owner.post(f"/webhooks/{w.own('webhook')}:test"),
        {"webhook.test_sent"},
    ),
    "POST webhooks/<oid:webhook_id>/deliveries:replay": (
        _nothing,
        lambda w: w.owner.post(f"/webhooks/{w.own('webhook')}/deliveries:replay", {"created_after": LONG_AGO}),
        {"webhook.deliveries_replayed"},
    ),
    "POST webhooks/<oid:webhook_id>:rotate-secret": (
        _nothing,
        lambda w: w.owner.post(f"/webhooks/{w.own('webhook')}:rotate-secret"),
        {"webhook.secret_rotated"},
    ),
    "PATCH webhooks/<oid:webhook_id>": (
        _nothing,
        lambda w: w.owner.patch(f"/webhooks/{w.own('webhook')}", {"description": "Secret"}, version=2),
        {"webhook.updated"},
    ),
    "DELETE webhooks/<oid:webhook_id>": (
        _nothing,
        lambda w: w.owner.delete(f"/webhooks/{w.own('webhook')}", version=3),
        {"webhook.deleted"},
    ),
    "POST invitations": (
        lambda w: w.invited("max@acme.example"),
        lambda w: w.made("invitation", w.owner.post("/invitations", {"email": "max@acme.example", "role": "member"})),
        {"invitation.created", "invitation.revoked"},
    ),
    "DELETE invitations/<oid:invitation_id>": (
        _nothing,
        lambda w: w.owner.delete(f"/invitations/{w.own('invitation')}"),
        {"invitation.revoked"},
    ),
    "POST invitations:accept": (
        lambda w: w.ids.update(token=w.invited("mia@acme.example")),
        _accept,
        {"invitation.accepted", "member.joined", "sign_in.succeeded"},
    ),
    "PATCH members/<oid:member_id>": (
        _nothing,
        lambda w: w.owner.patch(f"/members/{w.own('member')}", {"role": "manager"}),
        {"member.role_changed"},
    ),
    "DELETE members/<oid:member_id>": (
        _nothing,
        lambda w: w.owner.delete(f"/members/{w.own('member')}"),
        {"member.removed"},
    ),
    "POST api-keys": (
        _nothing,
        lambda w: w.made("key", w.owner.post("/api-keys", {"name": "Secret"})),
        {"api_key.created"},
    ),
    "DELETE api-keys/<oid:key_id>": (
        _nothing,
        lambda w: w.owner.delete(f"/api-keys/{w.own('key')}"),
        {"api_key.revoked"},
    ),
    "PATCH company": (_nothing, _company, {"company.updated"}),
    "PATCH me": (_nothing, _rename, {"person.renamed"}),
    "POST auth/signup": (_nothing, _signup, {"company.created", "member.joined", "sign_in.succeeded"}),
    "POST auth/login": (
        _nothing,
        lambda w: Api().post("/auth/login", {"email": w.owner.email, "password": PASSWORD}),
        {"sign_in.succeeded"},
    ),
    "POST auth/refresh": (
        _nothing,
        lambda w: Api().post("/auth/refresh", {"refresh_token": w.owner.refresh_token}),
        {"session.refreshed"},
    ),
    "DELETE me/sessions/<oid:session_id>": (World.fresh, _other_session, {"session.ended"}),
    "POST auth/switch": (
        _nothing,
        lambda w: w.owner.post("/auth/switch", {"company_slug": "acme"}),
        {"sign_in.succeeded"},
    ),
    "POST auth/mfa:enrol": (_nothing, lambda w: w.owner.post("/auth/mfa:enrol"), {"second_factor.enrolled"}),
    "POST auth/mfa:confirm": (
        lambda w: w.ids.update(phone=w.enrolled().secret),
        lambda w: w.owner.post("/auth/mfa:confirm", {"otp": Authenticator(w.own("phone")).code()}),
        {"second_factor.confirmed"},
    ),
    "POST auth/mfa:disable": (
        _nothing,
        lambda w: w.owner.post(
            "/auth/mfa:disable", {"password": PASSWORD, "otp": Authenticator(w.own("phone")).code(steps=1)}
        ),
        {"second_factor.disabled"},
    ),
    "POST auth/password:change": (_nothing, _change_password, {"password.changed", "sign_in.succeeded"}),
    "POST auth/password:forgot": (_nothing, _forgot, {"password.reset_asked"}),
    "POST auth/password:reset": (_nothing, _reset, {"password.reset"}),
    "POST auth/logout": (
        lambda w: setattr(w, "owner", w.fresh()),
        lambda w: w.owner.post("/auth/logout"),
        {"session.ended"},
    ),
    "POST auth/logout-all": (
        lambda w: setattr(w, "owner", w.fresh()),
        lambda w: w.owner.post("/auth/logout-all"),
        {"sessions.ended"},
    ),
}
