"""Routes of the observability app."""

from __future__ import annotations

from django.urls import path

from apps.observability.views import MetricsView

platform = [path("metrics", MetricsView.as_view(), name="metrics")]
