"""How the routes of this app answer: pages, and one thing with its ETag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from apps.work.serializers import jobs
from apps.work.serializers.lists import some_of
from novapulse.web import etag, pagination, rendering

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest, HttpResponse

    from novapulse.data.keyset import Page

    Document = Mapping[str, Any]
    Present = Callable[[Document], dict[str, Any]]


def page(request: HttpRequest, found: Page, *, present: Present, names: Sequence[str] | None = None) -> HttpResponse:
    """Answer a page of a list, with these members of each row where some were asked for."""
    if names is None:
        return pagination.answer(request, map(present, found.rows), position=found.next)
    return pagination.answer(request, (some_of(row, names) for row in found.rows), position=found.next)


def one(request: HttpRequest, document: Document, *, present: Present) -> HttpResponse:
    """Answer one thing, or say that the client's is still right."""
    if etag.unchanged(request, version=document["version"]):
        return etag.not_modified(document["version"])
    return changed(document, present=present)


def some(document: Document, *, names: Sequence[str]) -> HttpResponse:
    """Answer these members of one thing; without an ETag, since that stands for the whole of it."""
    return rendering.answer(some_of(document, names))


def changed(document: Document, *, present: Present) -> HttpResponse:
    """Answer one thing as it is now."""
    return rendering.answer(present(document), headers={"ETag": etag.of(document["version"])})


def created(document: Document, *, present: Present, location: str | None = None) -> HttpResponse:
    """Answer a new thing, and where it is."""
    headers = {"ETag": etag.of(document["version"])} | ({} if location is None else {"Location": location})
    return rendering.answer(present(document), status=201, headers=headers)


def accepted(job: Document) -> HttpResponse:
    """Answer that a job was taken on, and where it can be watched."""
    location = reverse("job", kwargs={"job_id": job["_id"]})
    return rendering.answer(jobs.present(job), status=202, headers={"Location": location})
