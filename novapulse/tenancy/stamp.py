"""Stamps: every document of a tenant collection carries its company and that company's location."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeVar

from bson.raw_bson import RawBSONDocument

from novapulse.tenancy.scope import COMPANY_FIELD, LOCATION_FIELD, Scope, ScopeViolation

D = TypeVar("D")


def stamped(document: D, *, scope: Scope | None) -> D:
    """Put the scope into a document that is about to be inserted or to replace another, and return that document.

    document: a mutable mapping, changed in place as PyMongo does with `_id`. scope: None across tenants, where the
    document must bring both fields itself.

    Raises ScopeViolation when it names another company or location, or none across tenants, or is raw BSON (which may
    hold a field twice); TypeError when it is no mutable mapping.
    """
    if isinstance(document, RawBSONDocument):
        raise ScopeViolation("A tenant document is written as a dictionary: raw BSON cannot be stamped.")
    if not isinstance(document, MutableMapping):
        raise TypeError(f"A document is a mutable mapping, not {type(document).__name__}.")
    if scope is None:
        _require_both(document)
    else:
        _put(document, field=LOCATION_FIELD, value=scope.location)
        _put(document, field=COMPANY_FIELD, value=scope.company_id)
    return document


def _put(document: MutableMapping[str, Any], *, field: str, value: object) -> None:
    named = document.setdefault(field, value)
    if named != value:
        raise ScopeViolation(f"The document names {field} {named!r}; the scope is {value!r}.")


def _require_both(document: MutableMapping[str, Any]) -> None:
    if document.get(COMPANY_FIELD) is None or document.get(LOCATION_FIELD) is None:
        raise ScopeViolation("Across tenants a document must bring its company_id and location itself.")
