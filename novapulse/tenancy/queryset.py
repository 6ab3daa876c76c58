"""MongoEngine's QuerySet, pinned: it works in the scope that it was built under and in no other.

The driver below scopes every command anyway; a queryset that wanders into another company is a mistake worth a name.
"""
# ruff: noqa: ANN401  MongoEngine is untyped, and so is what these methods pass on

from __future__ import annotations

from typing import Any, NoReturn

from mongoengine.queryset import QuerySet, transform

from novapulse.tenancy import references
from novapulse.tenancy.scope import Scope, ScopeMissing, ScopeViolation, active, goes_across

_UPDATE_OPTIONS = frozenset(
    {
        "upsert",
        "multi",
        "write_concern",
        "read_concern",
        "full_result",
        "array_filters",
        "full_response",
        "remove",
        "new",
    },
)


class TenantQuerySet(QuerySet):
    """The queryset of tenant documents.

    Raises ScopeMissing when it is built with no company bound, and ScopeViolation when it is used under another scope
    than its own, or for what cannot be scoped: JavaScript, another database, the queryset without a cache.
    """

    def __init__(self, document: Any, collection: Any) -> None:
        """Take what MongoEngine gives, and pin the scope."""
        super().__init__(document, collection)
        self._pinned = _scope_now()

    def _clone_into(self, new_qs: Any) -> Any:
        clone = super()._clone_into(new_qs)
        clone._pinned = self._pinned  # noqa: SLF001  another of this class
        return clone

    @property
    def _query(self) -> dict[str, Any]:
        self._check_scope()
        query: dict[str, Any] = super()._query
        return query

    @property
    def _collection(self) -> Any:
        self._check_scope()
        return super()._collection

    @property
    def _cursor(self) -> Any:
        self._check_scope()
        return super()._cursor

    def _check_scope(self) -> None:
        if self._pinned != _scope_now():
            raise ScopeViolation("This queryset was built under another scope than the one that is bound now.")

    def insert(self, doc_or_docs: Any, *args: Any, **kwargs: Any) -> Any:
        """Insert documents, validated (which MongoEngine leaves out here)."""
        for document in doc_or_docs if isinstance(doc_or_docs, list | tuple) else [doc_or_docs]:
            document.validate()
        return super().insert(doc_or_docs, *args, **kwargs)

    def update(self, *args: Any, **kwargs: Any) -> Any:
        """Update documents; `update_one` and `upsert_one` come this way too."""
        self._check_references(kwargs)
        return super().update(*args, **kwargs)

    def modify(self, *args: Any, **kwargs: Any) -> Any:
        """Update a document and return it."""
        self._check_references(kwargs)
        return super().modify(*args, **kwargs)

    def _check_references(self, kwargs: dict[str, Any]) -> None:
        changes = {name: value for name, value in kwargs.items() if name not in _UPDATE_OPTIONS}
        raw = changes.get("__raw__")
        stages = [{"__raw__": stage} for stage in raw] if isinstance(raw, list) else [changes]
        for stage in stages:
            update = transform.update(self._document, **stage)
            self._document.check_references(references.in_update(self._document, update), scope=self._pinned)

    def where(self, *args: Any) -> NoReturn:
        """Refuse."""
        raise ScopeViolation(f"where() runs code on the server: no company may do that {args}.")

    def map_reduce(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise ScopeViolation(f"map_reduce() runs code on the server: no company may do that {args} {kwargs}.")

    def exec_js(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise ScopeViolation(f"exec_js() runs code on the server: no company may do that {args} {kwargs}.")

    def item_frequencies(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is a map_reduce."""
        raise ScopeViolation(f"item_frequencies() runs code on the server: use aggregate() instead {args} {kwargs}.")

    def using(self, alias: str) -> NoReturn:
        """Refuse: `using` is not thread-safe and leads into another database."""
        raise ScopeViolation(f"using({alias!r}) would leave the scoped database.")

    def no_cache(self) -> NoReturn:
        """Refuse: MongoEngine's queryset without a cache is not pinned; iterate over `collection().find()`."""
        raise ScopeViolation("no_cache() returns a queryset that is not pinned to its company.")


def _scope_now() -> Scope | None:
    """Return the bound scope, None across tenants."""
    scope = active()
    if scope is None and not goes_across():
        raise ScopeMissing("Tenant documents are asked for and no company is bound.")
    return scope
