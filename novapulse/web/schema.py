"""The OpenAPI document (3.1), made from the tables of `Operation`s: it describes what the base view enforces."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from django.core.validators import RegexValidator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import CharField

from novapulse.web import fields, schema_parameters, schema_responses
from novapulse.web.contract import Contract

if TYPE_CHECKING:
    from drf_spectacular.plumbing import ComponentRegistry
    from rest_framework.serializers import Serializer

    from novapulse.web.view import ApiView, Operation

OWN_TAG = "platform"  # of what stands outside the API's prefix, and of the files within it

_MEDIA_TYPES = ("application/json",)
_UPLOAD_MEDIA_TYPES = ("multipart/form-data",)
_PATCH_MEDIA_TYPES = ("application/json", "application/merge-patch+json")
# The last five are white space to Python, and not to the regular expressions of JSON Schema (ECMA-262).
_NOT_BLANK = r"[^\s\u001c-\u001f\u0085]"
_NOT_BLANK_NO_COMMA = r"^[^,]*[^,\s\u001c-\u001f\u0085][^,]*$"
_INT64 = 2**63 - 1
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


@cache
def document() -> bytes:
    """Give the OpenAPI document as JSON; it is made once per process."""
    return orjson.dumps(SchemaGenerator().get_schema(request=None, public=True))


class OperationSchema(AutoSchema):
    """Describe one method of an `ApiView` (REST_FRAMEWORK's DEFAULT_SCHEMA_CLASS)."""

    view: ApiView  # type: ignore[override]  # of all kinds of view, we have this one

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any]:
        """Give the operation object (OpenAPI 3.1.0, 4.8.10)."""
        self.path, self.path_regex, self.path_prefix = path, path_regex, path_prefix
        self.method, self.registry = method.upper(), registry
        operation = self.view.operations[self.method]
        described = {
            "operationId": self.get_operation_id(),
            "tags": self.get_tags(),
            "summary": operation.summary,
            "description": _description(self.view, method=self.method, operation=operation),
            "security": [] if operation.permission is None else self.get_auth(),
            "parameters": schema_parameters.of(self, operation),
            "responses": schema_responses.of(self, operation),
        }
        if operation.body is not None:
            described["requestBody"] = self._body(operation.body, operation)
        return described

    def get_operation_id(self) -> str:
        """Join the method and the view's name: `get_task`, `post_tasks`."""
        name = type(self.view).__name__.removesuffix("View")
        return f"{self.method}_{_CAPITAL.sub('_', name)}".lower()

    def get_tags(self) -> list[str]:
        """Name what the route is about: the segment after an id, else the first one (`tasks:batch` is `tasks`)."""
        below = re.sub(self.path_prefix, "", self.path)
        if below == self.path:
            return [OWN_TAG]
        segments = below.strip("/").split("/")
        after_id = next((index + 1 for index, segment in enumerate(segments[:-1]) if segment.startswith("{")), 0)
        tag = segments[after_id].partition(":")[0]
        return [OWN_TAG if "." in tag else tag]

    def _body(self, contract: type[Contract], operation: Operation) -> dict[str, Any]:
        component = self.resolve_serializer(contract(partial=operation.partial), "request")
        media_types = _PATCH_MEDIA_TYPES if operation.partial else _MEDIA_TYPES
        if operation.max_upload_bytes is not None:
            media_types = _UPLOAD_MEDIA_TYPES
        return {"required": True, "content": {name: {"schema": component.ref} for name in media_types}}

    def _map_basic_serializer(self, serializer: Serializer[Any], direction: str) -> dict[str, Any]:
        described: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, Contract):
            described["additionalProperties"] = False
        if serializer.partial:
            for each in described["properties"].values():
                each.pop("default", None)
        return described

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002  drf-spectacular's own signature
        if isinstance(field, fields.CommaList):
            items = self._map_serializer_field(field.each, direction)
            self._insert_field_validators(field.each, items)
            if items.get("pattern") == _NOT_BLANK:
                items["pattern"] = _NOT_BLANK_NO_COMMA
            return {"type": "array", "items": items, "minItems": 1, "maxItems": field.MAX_VALUES}
        described = super()._map_serializer_field(field, direction, bypass_extensions)
        described.pop("x-spec-enum-id", None)
        return described if direction == "response" else described | _limits(field, described)


def _limits(field: Any, described: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401  any kind of field
    """Give what a field refuses and its description leaves out."""
    limits: dict[str, Any] = {}
    if isinstance(field, fields.Whole):
        limits = {"minimum": -_INT64, "maximum": _INT64} | described
    if isinstance(field, CharField) and not field.allow_blank:
        limits = {"minLength": 1} | described
        if field.trim_whitespace and not _has_form(field, described):
            limits = {"pattern": _NOT_BLANK} | limits
    return limits


def _has_form(field: CharField, described: dict[str, Any]) -> bool:
    return "format" in described or any(isinstance(each, RegexValidator) for each in field.validators)


def _description(view: ApiView, *, method: str, operation: Operation) -> str:
    sentence = inspect.getdoc(getattr(view, method.lower())) or operation.summary
    return sentence if operation.permission is None else f"{sentence}\n\nPermission: `{operation.permission}`."
