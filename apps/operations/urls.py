"""Routes of the operations app."""

from __future__ import annotations

from django.urls import path

from apps.operations.views import DocsView, OpenApiView

api = [path("openapi.json", OpenApiView.as_view(), name="openapi")]
platform = [path("api/docs/", DocsView.as_view(), name="docs"), path("api/docs", DocsView.as_view())]
