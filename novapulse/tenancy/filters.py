"""Filters: whatever a filter says, it is narrowed to the company that is bound."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bson import ObjectId

from novapulse.tenancy.javascript import refuse_javascript
from novapulse.tenancy.scope import COMPANY_FIELD, LOCATION_FIELD, Scope, ScopeViolation

# Most values of a filter are of these types; to ask an abstract class about each costs more than all the rest here.
_HOLDS_NO_OPERATOR: Final = frozenset({str, int, float, bool, type(None), ObjectId, datetime})
# `$query` and its kin are PyMongo's old wrapping: beside it a key named `find` would name another collection.
_TOP_LEVEL_OPERATORS: Final = frozenset({"$and", "$or", "$nor", "$expr", "$text", "$jsonSchema", "$comment"})


def narrowed(filter: Mapping[str, Any], *, scope: Scope) -> dict[str, Any]:  # noqa: A002  PyMongo's word
    """Return the filter that finds the same documents among those of one company.

    filter: a MongoDB filter; empty for all. `location` and `company_id` come first in the result, so that compound
    indexes that start with them serve it. A condition on these two fields that is no plain value is and-ed.

    Raises ScopeViolation when the filter asks for another company or location, or for an operator that no company may
    use; TypeError when it is no mapping.
    """
    if type(filter) is not dict and not isinstance(filter, Mapping):
        raise TypeError(f"A filter is a mapping, not {type(filter).__name__}.")
    for key, value in filter.items():
        if key[:1] == "$" and key not in _TOP_LEVEL_OPERATORS:
            raise ScopeViolation(f"{key} is not allowed in a filter of tenant data.")
        if type(value) not in _HOLDS_NO_OPERATOR:
            refuse_javascript(value)
    narrow: dict[str, Any] = {LOCATION_FIELD: scope.location, COMPANY_FIELD: scope.company_id}
    rest = filter if COMPANY_FIELD not in filter and LOCATION_FIELD not in filter else _reconciled(filter, narrow)
    narrow.update(rest)
    return narrow


def _reconciled(filter: Mapping[str, Any], narrow: dict[str, Any]) -> dict[str, Any]:  # noqa: A002  PyMongo's word
    rest = dict(filter)
    conditions = [{field: rest.pop(field)} for field in narrow if field in rest]
    extra = [condition for condition in conditions if _is_condition(condition, narrow)]
    if extra:
        rest["$and"] = [*rest.get("$and", ()), *extra]
    return rest


def _is_condition(condition: dict[str, Any], narrow: dict[str, Any]) -> bool:
    """Tell an operator on a scope field, to be and-ed, from the scope's own value, to be dropped."""
    ((field, value),) = condition.items()
    if isinstance(value, Mapping) and "$eq" not in value:
        return True
    named = value["$eq"] if isinstance(value, Mapping) else value
    if named != narrow[field]:
        raise ScopeViolation(f"The filter asks for {field} {named!r}; the scope is {narrow[field]!r}.")
    return isinstance(value, Mapping)
