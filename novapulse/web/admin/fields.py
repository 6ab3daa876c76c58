"""Fields of unmanaged models for what MongoDB holds and Django's own fields cannot show."""

from __future__ import annotations

import json

from django.db import models


class AnythingField(models.Field):  # type: ignore[type-arg]  # Django makes it generic for types alone
    """Shows whatever is there, a document or a list with dates and ids in it, as indented JSON."""

    def from_db_value(self, value: object, _expression: object, _connection: object) -> str:
        """Give the text."""
        return "" if value in (None, {}, []) else json.dumps(value, default=str, indent=2, ensure_ascii=False)
