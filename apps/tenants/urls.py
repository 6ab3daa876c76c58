"""Routes of the tenants app."""

from __future__ import annotations

from django.urls import path

from apps.tenants.views import CompanyUsageView, CompanyView

api = [
    path("company", CompanyView.as_view(), name="company"),
    path("company/usage", CompanyUsageView.as_view(), name="company-usage"),
]
