"""Which database a model is read from: unmanaged ones from MongoDB, all others from Django's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from django.db.models import Model

_DOCUMENTS: Final = "mongo"


class UnmanagedRouter:
    """A router of Django's. Nothing is ever migrated in MongoDB: `manage.py ensure_indexes` sees to that."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str | None:  # noqa: ANN401  Django's signature
        """Name the database; None where Django shall decide."""
        return None if model._meta.managed else _DOCUMENTS  # noqa: SLF001  Django's documented way

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool | None:  # noqa: ARG002, ANN401  Django's signature
        """Keep migrations out of MongoDB."""
        return False if db == _DOCUMENTS else None
