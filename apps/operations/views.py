"""The documents of the API: for programs, and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render

from apps.operations.serializers import OpenApiDocument
from novapulse.web import rendering, schema
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest

_FIVE_MINUTES = "public, max-age=300"

# Everything comes from us. Redoc writes its styles into the page and searches in a worker out of a blob; its
# logo, which it would fetch from its makers, is not let in.
_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "blob:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
_POLICY = "; ".join(f"{name} {sources}" for name, sources in _DIRECTIVES.items())


class OpenApiView(ApiView):
    """The OpenAPI document."""

    authentication_classes = ()
    operations = {"GET": Operation("Read this document", None, answer=OpenApiDocument, needs_stores=False)}

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002  every handler takes it
        """Answer with the description of every operation (OpenAPI 3.1)."""
        return HttpResponse(schema.document(), content_type=rendering.JSON, headers={"Cache-Control": _FIVE_MINUTES})


class DocsView(ApiView):
    """The page for people. It is no part of the API, so it stands in no document."""

    schema = None
    authentication_classes = ()
    operations = {"GET": Operation("Read the documentation", None, needs_stores=False)}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer with the page, which asks nobody but us for anything."""
        response = render(request, "operations/docs.html")
        response.headers["Content-Security-Policy"] = _POLICY
        return response
