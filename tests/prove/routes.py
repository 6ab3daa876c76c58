"""The service's routes, and one for the proofs of the queues: a change with its consequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bson import ObjectId
from django.http import HttpResponse
from django.urls import path

from config import urls
from novapulse.data import transaction
from novapulse.tenancy import scope
from tests.prove.chores import tasks

if TYPE_CHECKING:
    from django.http import HttpRequest

COMPANIES = tuple(ObjectId() for _ in range(4))


def change(_request: HttpRequest, number: int) -> HttpResponse:
    """Change something, with a task that follows it."""

    def both() -> None:
        tasks.note(number, kind="change")
        tasks.follow_up.enqueue(-number)

    with scope.company(COMPANIES[number % len(COMPANIES)], location="DE"):
        transaction.run(both)
    return HttpResponse(status=201)


urlpatterns = [path("prove/changes/<int:number>", change), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
