"""Cursors are lazy, and may be made by hand: the scope is looked at again when a query is really sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from novapulse.tenancy.family import SERVER_DATABASES
from novapulse.tenancy.scope import (
    COMPANY_FIELD,
    LOCATION_FIELD,
    ScopeMissing,
    ScopeViolation,
    active,
    goes_across,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_query(query: Any, *, platform_collections: frozenset[str]) -> None:  # noqa: ANN401  PyMongo's private _Query
    """Refuse to send a query that does not name the company that is bound now.

    So a cursor that was made under another scope, or past the scoped collection (as GridFS does), reads nothing.
    query: what PyMongo's cursor hands to its client, with `db`, `coll` and `spec`.

    Raises ScopeMissing when no company is bound, ScopeViolation when the query names another or runs code.
    """
    scope = active()
    if scope is None and goes_across():
        return
    spec: Mapping[str, Any] = query.spec
    filter_ = spec
    if "$query" in spec:
        _refuse_smuggled(spec)
        filter_ = spec["$query"]
    if query.coll in platform_collections and query.db not in SERVER_DATABASES:
        return
    if scope is None:
        raise ScopeMissing(f"A cursor on {query.db}.{query.coll} is read and no company is bound.")
    if "$where" in filter_:
        raise ScopeViolation("where() runs code on the server: no company may do that.")
    company_id = filter_.get(COMPANY_FIELD)
    # Nearly always the very object that the scope put there; to compare two ObjectIds is a call in Python.
    same = company_id is scope.company_id or company_id == scope.company_id
    if not same or filter_.get(LOCATION_FIELD) != scope.location:
        raise ScopeViolation(f"A cursor on {query.db}.{query.coll} was made under another scope, or under none.")


def _refuse_smuggled(spec: Mapping[str, Any]) -> None:
    """Refuse keys beside `$query` that PyMongo would merge into the command: `find` there names another collection."""
    for key in spec:
        if not key.startswith("$") and key != "let":
            raise ScopeViolation(f"{key} beside $query would change the command.")
