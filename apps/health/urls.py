"""Routes of the health app."""

from __future__ import annotations

from django.urls import path

from apps.health.views import LiveView, ReadyView, StatusView

platform = [
    path("health/live", LiveView.as_view(), name="health-live"),
    path("health/ready", ReadyView.as_view(), name="health-ready"),
    path("health/status", StatusView.as_view(), name="health-status"),
]
