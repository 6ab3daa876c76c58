"""A client of the API for tests: speaks JSON, carries a token, remembers whose it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, ClientHandler, encode_multipart

if TYPE_CHECKING:
    from django.http import HttpResponse

PASSWORD = "a quiet river under four bridges"


@dataclass
class Api:
    """One caller; `token` is empty for somebody anonymous."""

    token: str = ""
    refresh_token: str = ""
    email: str = ""
    company: dict[str, Any] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)

    @property
    def company_id(self) -> ObjectId:
        return ObjectId(self.company["id"])

    @property
    def membership_id(self) -> ObjectId:
        return ObjectId(self.user["membership_id"])

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> HttpResponse:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: object, *, version: int | None = None, **headers: str) -> HttpResponse:
        return self.send("PATCH", path, body, **_if_match(version), **headers)

    def delete(self, path: str, *, version: int | None = None, **headers: str) -> HttpResponse:
        return self.send("DELETE", path, **_if_match(version), **headers)

    def upload(self, path: str, file: bytes, **parts: str) -> HttpResponse:
        """Send a file with texts beside it; names with a capital letter are headers."""
        headers = {name: value for name, value in parts.items() if name[0].isupper()}
        texts = {name: value for name, value in parts.items() if name not in headers}
        raw = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("some.csv", file), **texts})
        return self.send("POST", path, raw, **{"Content_Type": MULTIPART_CONTENT, **headers})

    def send(self, method: str, path: str, body: object = None, **headers: str) -> HttpResponse:
        """Send a request; bytes go as they are, anything else as JSON. Header names are written with underscores."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given.setdefault("Authorization", f"Bearer {self.token}")
        path = path if path.startswith(("/api/", "/health/", "/metrics", "/.well-known/")) else f"/api/v1{path}"
        client = new_client()
        kind = given.pop("Content-Type", "application/json")
        return client.generic(method, path, raw, content_type=kind, headers=given)


def new_client() -> Client:
    """Give a client without cookies; all share the way through the middleware, which takes 15 ms to load."""
    client = Client(raise_request_exception=False)
    client.handler = _loaded()
    return client


@cache
def _loaded() -> ClientHandler:
    handler = ClientHandler(enforce_csrf_checks=False)
    handler.load_middleware()  # here, or two threads would load it twice over
    return handler


@receiver(setting_changed)
def _load_anew(**_changed: object) -> None:
    _loaded.cache_clear()


def _if_match(version: int | None) -> dict[str, str]:
    return {} if version is None else {"If_Match": f'"{version}"'}


def sign_up(slug: str, *, country: str = "DE") -> Api:
    """Found a company; give its owner."""
    email = f"owner@{slug}.example"
    response = Api().post(
        "/auth/signup",
        {
            "company_name": slug.title(),
            "company_slug": slug,
            "country": country,
            "name": "Olive Owner",
            "email": email,
            "password": PASSWORD,
        },
    )
    assert response.status_code == 201, response.content
    body = response.json()
    return Api(body["access_token"], body["refresh_token"], email, body["company"], body["user"])
