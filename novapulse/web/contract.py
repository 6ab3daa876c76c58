"""What a route reads: strict serializers for bodies and queries, and how their refusals become pointers."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from novapulse.errors import FieldError, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import QueryDict


_UNKNOWN = "There is no such field, or it cannot be set."
_MOST_ERRORS = 100  # a body of a thousand unknown names must not make an answer that is larger than itself


class Contract(serializers.Serializer[Any]):
    """The fields that a body or a query may hold; any other name is refused, in a query also a name given twice.

    A contract may be a field of another, and is as strict there.
    """

    default_error_messages = {"invalid": "Not an object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # noqa: ANN401  whatever JSON holds
        """Take the fields; of the outermost contract `_checked` names the unknown ones, beside what else is wrong."""
        if self.parent is not None and isinstance(data, dict):
            unknown = {name: [serializers.ErrorDetail(_UNKNOWN, "unknown")] for name in data if name not in self.fields}
            if unknown:
                raise serializers.ValidationError(unknown)
        taken: dict[str, Any] = super().to_internal_value(data)
        return taken


def read_body(contract: type[Contract], body: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """Check a body; raise Invalid with a JSON pointer (RFC 6901) for each field that is wrong."""
    return _checked(_instance(contract, partial=partial), given=body, pointer="/")


def read_query(contract: type[Contract], query: QueryDict) -> dict[str, Any]:
    """Check a query string; raise Invalid with `?name` for each parameter that is wrong."""
    twice = [name for name, values in query.lists() if len(values) > 1]
    if twice:
        found = (FieldError(f"?{name}", "repeated", "Give this once.") for name in twice)
        raise Invalid(fields=tuple(islice(found, _MOST_ERRORS)))
    if not query:
        return dict(_defaults(contract))
    return _checked(_instance(contract, partial=False), given=query.dict(), pointer="?")


@cache
def _defaults(contract: type[Contract]) -> dict[str, Any]:
    """Give what an empty query comes to: worked out once, since most lists are asked for without a parameter."""
    return _checked(_instance(contract, partial=False), given={}, pointer="?")


@cache
def _instance(contract: type[Contract], *, partial: bool) -> Contract:
    """Make one instance per contract: validating writes nothing to it, and making one copies every field deeply."""
    return contract(partial=partial)


def _checked(serializer: Contract, *, given: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    fields = serializer.fields
    unknown = [
        FieldError(pointer + _escaped(name), "unknown", _UNKNOWN)
        for name in given
        if name not in fields or fields[name].read_only
    ]
    try:
        validated = serializer.run_validation(given)
    except serializers.ValidationError as error:
        found = (*unknown, *islice(_field_errors(error.detail, pointer=pointer), _MOST_ERRORS))
        raise Invalid(fields=found[:_MOST_ERRORS]) from error
    if unknown:
        raise Invalid(fields=tuple(unknown[:_MOST_ERRORS]))
    return dict(validated)


def _field_errors(found: Any, *, pointer: str) -> Iterator[FieldError]:  # noqa: ANN401  DRF nests lists and dicts freely
    """Walk DRF's nested errors: a dict goes one name deeper, a list of dicts one index; details are the field's own."""
    if isinstance(found, dict):
        for name, inner in found.items():
            below = pointer if name == "non_field_errors" else pointer + _escaped(str(name)) + "/"
            yield from _field_errors(inner, pointer=below)
        return
    for index, detail in enumerate(found):
        if isinstance(detail, dict):
            yield from _field_errors(detail, pointer=f"{pointer}{index}/")
        else:
            yield FieldError(pointer.rstrip("/") or "/", str(detail.code).replace("_", "-"), str(detail))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
