"""Operations in the admin: the start page's parts, the audit, limits, and the dead letters, the end of a company."""

from apps.operations.admin import audit, dead_letters, deletions, home, limits  # noqa: F401  they make themselves known
