"""What the lists of this app have in common: rows of which only some members were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Sparse(serializers.Serializer[Any]):
    """An answer of which only `id` is sure to be there: `fields` names the others."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Give the fields, all optional but the id."""
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name == "id"
        return fields


def stored_names(names: Iterable[str] | None) -> frozenset[str] | None:
    """Give the stored names of published ones, `_id` always among them; None, which asks for all, stays None."""
    return None if names is None else frozenset({"_id", *(_stored(name) for name in names)})


def some_of(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Give the id and these published members of a stored document."""
    return {"id": row["_id"], **{name: row[_stored(name)] for name in names}}


def _stored(name: str) -> str:
    return "_id" if name == "id" else name
