"""Bulk operations: each is copied with the scope in it; the caller's own stays as it is."""

from __future__ import annotations

import copy
from typing import Any, Final

from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, UpdateMany, UpdateOne

from novapulse.tenancy.filters import narrowed
from novapulse.tenancy.javascript import refuse_javascript
from novapulse.tenancy.scope import Scope, ScopeViolation
from novapulse.tenancy.stamp import stamped
from novapulse.tenancy.updates import check_update

_INSERTS: Final = frozenset({InsertOne, ReplaceOne})
_UPDATES: Final = frozenset({UpdateOne, UpdateMany})
_FILTERS: Final = frozenset({UpdateOne, UpdateMany, ReplaceOne, DeleteOne, DeleteMany})


def scoped_operation(operation: Any, *, scope: Scope | None) -> Any:  # noqa: ANN401  PyMongo's union of operations
    """Return a copy of a bulk operation that touches nothing of another company.

    operation: one of PyMongo's six write operations; a subclass is refused, since it may do anything. scope: None
    across tenants, where only documents are checked. Relies on its private `_filter`, `_doc`, `_array_filters`.

    Raises ScopeViolation.
    """
    kind = type(operation)
    if kind not in _INSERTS and kind not in _FILTERS:
        raise ScopeViolation(f"{kind.__name__} is no bulk operation that can be scoped.")
    scoped = copy.copy(operation)
    if kind in _INSERTS:
        stamped(scoped._doc, scope=scope)  # noqa: SLF001  PyMongo offers no other way in
    if scope is not None and kind in _FILTERS:
        scoped._filter = narrowed(scoped._filter, scope=scope)  # noqa: SLF001  as above
    if scope is not None and kind in _UPDATES:
        check_update(scoped._doc, scope=scope)  # noqa: SLF001  as above
        refuse_javascript(scoped._array_filters)  # noqa: SLF001  as above
    return scoped
