"""The service's routes, and two for the proofs of the queues: a change with its consequence, done or rolled back."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from bson import ObjectId
from django.http import HttpResponse
from django.urls import path

from config import urls
from novapulse.data import transaction
from novapulse.errors import Conflict
from novapulse.tenancy import scope
from tests.prove.chores import tasks

if TYPE_CHECKING:
    from django.http import HttpRequest

COMPANIES = tuple(ObjectId() for _ in range(4))
_REFUSED = 1_000_000


def change(_request: HttpRequest, number: int) -> HttpResponse:
    """Change something, with a task that follows it."""
    with scope.company(COMPANIES[number % len(COMPANIES)], location="DE"):
        transaction.run(partial(_change, number))
    return HttpResponse(status=HTTPStatus.CREATED)


def refuse(_request: HttpRequest, number: int) -> HttpResponse:
    """Do the same under a number of its own, and think better of it before the commit."""

    def change_then_refuse() -> None:
        _change(_REFUSED + number)
        raise Conflict

    with scope.company(COMPANIES[number % len(COMPANIES)], location="DE"), suppress(Conflict):
        transaction.run(change_then_refuse)
    return HttpResponse(status=HTTPStatus.CONFLICT)


def _change(number: int) -> None:
    tasks.note(number, kind="change")
    tasks.follow_up.enqueue(-number)


urlpatterns = [
    path("prove/changes/<int:number>", change),
    path("prove/refusals/<int:number>", refuse),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
