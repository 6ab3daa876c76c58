"""The admin (docs/admin.md): how staff sign in, how it looks, what stands in its sidebar."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

ADMIN_REQUIRES_SECOND_FACTOR = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}}
]
SESSION_COOKIE_NAME = "novapulse_admin"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 8 * 60 * 60  # a working day; it ends with the browser as well
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "novapulse_admin_csrf"
CSRF_COOKIE_HTTPONLY = True  # the forms carry it
DATABASE_ROUTERS = ["novapulse.web.admin.routing.UnmanagedRouter"]
# Sessions, users and messages stand round the admin's routes alone (novapulse.web.admin.enclosure).
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]


def _link(title: str, icon: str, route: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{route}")}


UNFOLD = {
    "SITE_TITLE": "NovaPulse",
    "SITE_HEADER": "NovaPulse",
    "SITE_SUBHEADER": "Platform",
    "SITE_URL": None,
    "SITE_SYMBOL": "monitoring",  # a name of Material Symbols, which Unfold brings along
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("operations/mark.svg")}],
    "STYLES": [lambda _request: static("staff/admin.css")],
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {  # shades of the blue of our mark, which is 600
            "50": "#f1f6fa",
            "100": "#dfeaf3",
            "200": "#c4d9e9",
            "300": "#9bbfd9",
            "400": "#6b9dc3",
            "500": "#5189b5",
            "600": "#2f5d8a",
            "700": "#2a5077",
            "800": "#274563",
            "900": "#243b53",
            "950": "#182738",
        }
    },
    "SIDEBAR": {
        "navigation": [
            {"items": [_link("Start", "home", "index")]},
            {
                "title": "Customers",
                "items": [
                    _link("Companies", "domain", "novapulse_tenants_company_changelist"),
                    _link("People", "person", "novapulse_auth_person_changelist"),
                    _link("Members", "badge", "novapulse_auth_member_changelist"),
                ],
            },
            {
                "title": "Of one company",
                "items": [
                    _link("Projects", "folder", "novapulse_work_project_changelist"),
                    _link("Tasks", "task_alt", "novapulse_work_task_changelist"),
                    _link("Jobs", "sync", "novapulse_work_job_changelist"),
                    _link("Webhooks", "webhook", "novapulse_webhooks_endpoint_changelist"),
                    _link("Deliveries", "outgoing_mail", "novapulse_webhooks_delivery_changelist"),
                ],
            },
            {
                "title": "Platform",
                "items": [
                    _link("Audit", "policy", "board-audit"),
                    _link("Limits live", "speed", "board-limits"),
                    _link("Acting as users", "supervisor_account", "board-actings"),
                    _link("Breakers", "power", "board-breakers"),
                    _link("Dead letters", "mail_off", "board-dead-letters"),
                    _link("Signing keys", "key", "novapulse_auth_signingkey_changelist"),
                ],
            },
        ],
    },
}
