"""Routes of a service that takes its time, over the real stores and behind the real middleware."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from django.urls import path

from apps.health import urls as health_urls
from novapulse.data import registry
from novapulse.resilience import deadline
from novapulse.web import rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from pymongo.collection import Collection

SLEEP = {"$where": "sleep(400) || true"}


def notes() -> Collection[dict[str, Any]]:
    return registry.provider("mongodb").database()["inbox"]  # a collection of the platform, which takes $where


class FindView(ApiView):
    """Asks MongoDB twenty times, 0.4 s each."""

    operations = {
        "GET": Operation("Look twenty times", "me.read", cost=Cost.READ, slow_ms=300),
        "POST": Operation("Write, then look twenty times", "me.read", cost=Cost.WRITE),
        "PATCH": Operation("Write without a transaction, then look twenty times", "me.read", cost=Cost.WRITE),
    }

    def get(self, _request: HttpRequest) -> HttpResponse:
        for _ in range(20):
            notes().find_one(SLEEP)
        return rendering.answer({})

    def post(self, request: HttpRequest) -> HttpResponse:
        notes().insert_one({"kind": "kept"})
        return self.get(request)

    patch = post


class CappedView(FindView):
    """Has less time than others."""

    operations = {"GET": Operation("Look twenty times in 0.6 s", "me.read", cost=Cost.READ, timeout_ms=600)}


class LongView(ApiView):
    """Asks MongoDB once, for ten seconds."""

    operations = {"GET": Operation("Look for long", "me.read", cost=Cost.READ)}

    def get(self, _request: HttpRequest) -> HttpResponse:
        notes().find_one({"$where": "sleep(10000) || true"})
        return rendering.answer({})


class PythonView(ApiView):
    """Is at work in Python; `checked` looks at the time."""

    operations = {
        "GET": Operation("Sleep", None),
        "POST": Operation("Sleep, and look at the time", None),
    }

    def get(self, _request: HttpRequest) -> HttpResponse:
        time.sleep(0.5)
        return rendering.answer({"done": True})

    def post(self, request: HttpRequest) -> HttpResponse:
        answer = self.get(request)
        deadline.check()
        return answer


class HangView(ApiView):
    """Does not come back for a minute."""

    operations = {"GET": Operation("Hang", None)}

    def get(self, _request: HttpRequest) -> HttpResponse:
        time.sleep(60)
        return rendering.answer({})


class WorkerView(ApiView):
    """Tells which process answers."""

    operations = {"GET": Operation("Tell the process", None)}

    def get(self, _request: HttpRequest) -> HttpResponse:
        return rendering.answer({"process": os.getpid()})


urlpatterns = [
    *health_urls.platform,
    path("api/v1/slow", FindView.as_view()),
    path("api/v1/long", LongView.as_view()),
    path("api/v1/capped", CappedView.as_view()),
    path("api/v1/python", PythonView.as_view()),
    path("api/v1/hang", HangView.as_view()),
    path("api/v1/worker", WorkerView.as_view()),
]

handler400 = "novapulse.web.problems.bad_request"
handler404 = "novapulse.web.problems.not_found"
handler500 = "novapulse.web.problems.server_error"
