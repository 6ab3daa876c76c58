"""The auth app in the admin: people, members, signing keys, staff who act as users, and a company's people."""

from apps.auth.admin import actings, company, members, people  # noqa: F401  they make themselves known
