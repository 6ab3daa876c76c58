"""Bodies out of the OpenAPI document: good ones with canaries for texts, and bad ones of nothing but canaries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.canaries.aviary import Aviary

Schema = dict[str, Any]


@dataclass(frozen=True)
class Bodies:
    """Makes bodies; `given` are values by the name of their field, where no other would be taken."""

    document: Schema
    aviary: Aviary

    def good(self, schema: Schema, given: Mapping[str, Any], *, name: str = "") -> Any:
        """Give a value that fits the schema, and probably is taken."""
        schema = self._resolved(schema)
        if name in given:
            return given[name]
        if "properties" in schema:
            return {each: self.good(part, given, name=each) for each, part in schema["properties"].items()}
        if "enum" in schema:
            return next(each for each in schema["enum"] if each is not None)
        kind = _type(schema)
        if kind == "array":
            return [self.good(schema["items"], given, name=name)]
        if kind == "object":
            return {self.aviary.canary(): self.aviary.canary()}
        return self._text(schema) if kind == "string" else {"boolean": False, "integer": 1, "number": 1}.get(kind)

    def bad(self, schema: Schema) -> Any:
        """Give a value with a canary in place of everything, and as the name of one more field."""
        schema = self._resolved(schema)
        if "properties" in schema:
            fields = {name: self.bad(part) for name, part in schema["properties"].items()}
            return {**fields, self.aviary.canary(): self.aviary.canary()}
        if _type(schema) == "array":
            return [self.bad(schema["items"]), self.aviary.canary()]
        return self.aviary.canary()

    def _text(self, schema: Schema) -> str:
        canary, pattern = self.aviary.canary(), schema.get("pattern", "")
        if schema.get("format") == "date-time":
            return (clock.now() + timedelta(days=30)).isoformat()
        if schema.get("format") == "email":
            return f"{canary}@mail.example"
        if schema.get("format") == "password":
            return f"{canary} under four bridges"
        return canary.upper() if pattern.startswith("^[A-Z") else canary

    def _resolved(self, schema: Schema) -> Schema:
        while True:
            if "$ref" in schema:
                schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            elif "oneOf" in schema or "allOf" in schema or "anyOf" in schema:
                schema = next(schema[each][0] for each in ("oneOf", "allOf", "anyOf") if each in schema)
            else:
                return schema


def _type(schema: Schema) -> str:
    kind = schema.get("type", "string")
    return kind if isinstance(kind, str) else next(each for each in kind if each != "null")
