"""All that Django's admin wants round a page: sessions, users, messages, good connections, and a strict browser.

It stands round the admin's own routes and nothing else: the API's way through the middleware stays as short as it is.
"""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, URLResolver
from django_otp.middleware import OTPMiddleware

from novapulse import context
from novapulse.errors import Denied, NotFound, Trouble, sentence
from novapulse.web import problems
from novapulse.web.admin.reading import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.http import HttpRequest

    Page = Callable[..., HttpResponse]

_MIDDLEWARE: Final = (SessionMiddleware, AuthenticationMiddleware, OTPMiddleware, MessageMiddleware)

# Everything comes from us. Alpine, which Unfold's pages are made with, makes functions out of attributes, and puts
# styles on elements.
_DIRECTIVES: Final = {
    "default-src": "'none'",
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in _DIRECTIVES.items()),
    "Referrer-Policy": "same-origin",  # Django's check of forms wants to know where one was
    "Cache-Control": "no-store",
}
_EXPECTED: Final = (Http404, PermissionDenied, DatabaseError, *problems.EXPECTED)


def enclose(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Put every view below these patterns into the enclosure; gives the patterns.

    Fails closed: where PostgreSQL or MongoDB is away, the page is a 503 that says so.
    """
    listed = list(patterns)
    for each in listed:
        if isinstance(each, URLResolver):
            enclose(each.url_patterns)
        else:
            each.callback = _enclosed(each.callback)
    return listed


def _enclosed(view: Page) -> Page:
    @wraps(view)
    def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        _keep_up_connection()
        try:
            response = _chain(partial(_rendered, view=view, args=args, kwargs=kwargs))(request)
        except _EXPECTED as error:
            response = _trouble(error)
        finally:
            _keep_up_connection()
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return page


def _keep_up_connection() -> None:
    """Do for these routes what Django's signals do round every request, and ours spare the API's (`config.apps`)."""
    connection = connections[DEFAULT_DB_ALIAS]
    if not connection.in_atomic_block:  # a test's: nothing that is served begins in one
        connection.close_if_unusable_or_obsolete()


def _chain(innermost: Page) -> Page:
    handler: Page = innermost
    for middleware in reversed(_MIDDLEWARE):
        handler = middleware(handler)
    return handler


def _rendered(request: HttpRequest, *, view: Page, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> HttpResponse:
    """Answer with a page that is whole: what it reads while it is rendered, it reads in here."""
    return whole(view(request, *args, **kwargs))


def _trouble(error: Exception) -> HttpResponse:
    """Say on a page what a program would be told by a problem document; a mistake of ours is raised again."""
    trouble = _known(error)
    known = {"title": sentence(type(trouble)), "detail": trouble.detail, "request_id": context.request_id()}
    page = render_to_string("admin/trouble.html", known)
    return HttpResponse(page, status=problems.status_of(trouble))


def _known(error: Exception) -> Trouble:
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return Denied()
    return problems.trouble_of(error)
