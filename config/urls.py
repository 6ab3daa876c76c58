"""Every route of the service."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

import novapulse.web.converters  # noqa: F401  registers <oid:...>
from apps.audit import urls as audit_urls
from apps.auth import urls as auth_urls
from apps.health import urls as health_urls
from apps.observability import urls as observability_urls
from apps.operations import urls as operations_urls
from apps.tenants import urls as tenants_urls
from apps.webhooks import urls as webhooks_urls
from apps.work import urls as work_urls

urlpatterns = [
    # Django tries one after the other: the routes that are asked most come first.
    path(
        "api/v1/",
        include(
            [
                *work_urls.api,
                *auth_urls.api,
                *tenants_urls.api,
                *webhooks_urls.api,
                *audit_urls.api,
                *operations_urls.api,
            ]
        ),
    ),
    path(
        "",
        include([*auth_urls.platform, *operations_urls.platform, *health_urls.platform, *observability_urls.platform]),
    ),
    path("admin/", admin.site.urls),
]

handler400 = "novapulse.web.problems.bad_request"
handler403 = "novapulse.web.problems.permission_denied"
handler404 = "novapulse.web.problems.not_found"
handler500 = "novapulse.web.problems.server_error"
