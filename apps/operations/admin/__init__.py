"""Operations in the admin: the start page's parts, and the dead letters."""

from apps.operations.admin import dead_letters, home  # noqa: F401  they make themselves known
