"""Routes of the audit app."""

from __future__ import annotations

from django.urls import path

from apps.audit.views import AuditEventsView, AuditExportView

api = [
    path("audit-events", AuditEventsView.as_view(), name="audit-events"),
    path("audit-events:export", AuditExportView.as_view(), name="audit-export"),
]
