"""Updates: a document never changes its company or location."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from novapulse.tenancy.javascript import refuse_javascript
from novapulse.tenancy.scope import COMPANY_FIELD, LOCATION_FIELD, Scope, ScopeViolation

_SCOPE_FIELDS: Final = frozenset({COMPANY_FIELD, LOCATION_FIELD})
_MAY_REPEAT_THE_SCOPE: Final = frozenset({"$set", "$setOnInsert", "$addFields"})
# The other stages of an update pipeline rebuild the whole document, and with it the two fields.
_STAGES: Final = frozenset({"$set", "$addFields", "$unset"})


def check_update(update: object, *, scope: Scope) -> None:
    """Refuse an update that touches `company_id` or `location`, except to set the value that they have.

    update: update operators, or an update pipeline (then only $set, $addFields and $unset).

    Raises ScopeViolation. What is no update at all is left for PyMongo to refuse.
    """
    if isinstance(update, Mapping):
        _check_operators(update, scope=scope)
    elif isinstance(update, Sequence) and not isinstance(update, str | bytes):
        for stage in update:
            _check_stage(stage, scope=scope)


def _check_stage(stage: object, *, scope: Scope) -> None:
    if not isinstance(stage, Mapping):
        raise TypeError(f"A stage is a mapping, not {type(stage).__name__}.")
    refuse_javascript(stage)
    unknown = [name for name in stage if name not in _STAGES]
    if unknown:
        raise ScopeViolation(f"{unknown[0]} is not allowed in an update pipeline of tenant data.")
    _check_operators(stage, scope=scope)


def _check_operators(update: Mapping[str, Any], *, scope: Scope) -> None:
    for operator, changes in update.items():
        for path, value in _paths(operator, changes):
            if path.partition(".")[0] in _SCOPE_FIELDS:
                _check_change(operator, path=path, value=value, scope=scope)


def _paths(operator: str, changes: object) -> Iterator[tuple[str, object]]:
    if isinstance(changes, str):
        yield changes, None
    elif isinstance(changes, list | tuple):
        yield from ((str(path), None) for path in changes)
    elif isinstance(changes, Mapping):
        yield from changes.items()
        if operator == "$rename":
            yield from ((str(target), None) for target in changes.values())


def _check_change(operator: str, *, path: str, value: object, scope: Scope) -> None:
    own = {COMPANY_FIELD: scope.company_id, LOCATION_FIELD: scope.location}
    if operator not in _MAY_REPEAT_THE_SCOPE or path not in own or own[path] != value:
        raise ScopeViolation(f"{operator} would change {path}: a document stays with its company.")
