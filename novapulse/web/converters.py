"""Path converters: importing this module registers them."""

from __future__ import annotations

from bson import ObjectId
from django.urls import register_converter


class ObjectIdConverter:
    """`<oid:name>`: 24 lowercase hexadecimal digits; anything else is no such path."""

    regex = "[0-9a-f]{24}"

    def to_python(self, value: str) -> ObjectId:
        """Give the id."""
        return ObjectId(value)

    def to_url(self, value: ObjectId | str) -> str:
        """Write the id."""
        return str(value)


register_converter(ObjectIdConverter, "oid")
