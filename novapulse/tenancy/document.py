"""MongoEngine documents on the scoped driver: `TenantDocument` for a company's data, `PlatformDocument` for nobody's.

Nothing here connects: the database is asked for with each use, from a factory that the wiring gives. So importing
documents needs no server, a fork or a reconnect leaves no stale collection behind, and no index is built unasked.

References are ids that MongoEngine knows nothing of, so the meta of a document declares them, for whoever looks whether
one leads to another company: `references` by field and collection, `mentions` what may have gone since in the same way,
`no_references` fields whose ids are of nothing that is stored (`apps.operations.domain.pointers` reads them).
"""
# ruff: noqa: ANN401  MongoEngine is untyped

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, Self, cast

from mongoengine import Document, ObjectIdField, StringField

from novapulse.tenancy import references
from novapulse.tenancy.collection import ScopedCollection
from novapulse.tenancy.queryset import TenantQuerySet
from novapulse.tenancy.scope import Scope, ScopeMissing, ScopeViolation, active, goes_across

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pymongo.collection import Collection
    from pymongo.database import Database

_META: Final[dict[str, Any]] = {
    "abstract": True,
    "auto_create_index": False,  # a command builds indexes, never a request
    "auto_create_index_on_save": False,
    "strict": False,  # during a rolling deployment old code meets fields of new documents
}


class _Source:
    """Where documents find their database."""

    factory: ClassVar[Callable[[], Database[dict[str, Any]]] | None] = None


def use_database(factory: Callable[[], Database[dict[str, Any]]]) -> None:
    """Tell all documents where their database is.

    factory: returns the scoped database; it is called with each use, so it should be cheap, and never before the first.
    """
    _Source.factory = factory


def database() -> Database[dict[str, Any]]:
    """Give the database in which documents are."""
    if _Source.factory is None:
        raise RuntimeError("No database for documents: the wiring calls `use_database(factory)` at start.")
    return _Source.factory()


class _LazyDocument(Document):
    """A document whose collection is looked up with each use instead of being kept on the class."""

    meta: ClassVar[dict[str, Any]] = dict(_META)

    @classmethod
    def collection(cls) -> Collection[dict[str, Any]]:
        """Return PyMongo's collection, for raw reads and writes."""
        return cast("Collection[dict[str, Any]]", cls._get_collection())

    @classmethod
    def _get_db(cls) -> Any:
        return database()

    @classmethod
    def _get_collection(cls) -> Any:
        database, held = cls._get_db(), cls.__dict__.get("_held")
        if held is None or held.database is not database:  # the first use, or another client since
            held = database[cls._get_collection_name()]
            cls._held = held
        return held

    def switch_db(self, db_alias: str, *, keep_created: bool = True) -> NoReturn:
        """Refuse: not thread-safe, and out of the scoped database."""
        raise ScopeViolation(f"switch_db({db_alias!r}, {keep_created=}) would leave the scoped database.")

    def switch_collection(self, collection_name: str, *, keep_created: bool = True) -> NoReturn:
        """Refuse: not thread-safe."""
        raise ScopeViolation(f"switch_collection({collection_name!r}, {keep_created=}) would leave the collection.")


class PlatformDocument(_LazyDocument):
    """A document of the platform, of no company; its collection is one of the client's platform collections.

    `company_field` says which field names a company, by its id or the id's digits; None where none does. Each class
    says so itself: by it everything that names a company is found when the company is deleted.
    """

    company_field: ClassVar[str | None] = None

    meta: ClassVar[dict[str, Any]] = dict(_META)


class TenantDocument(_LazyDocument):
    """A document of one company: stamped, validated and queried within the bound scope.

    Raises ScopeMissing when no company is bound, ScopeViolation when a document or a reference belongs to another.
    """

    company_id = ObjectIdField(required=True)
    location = StringField(required=True)

    meta: ClassVar[dict[str, Any]] = {**_META, "queryset_class": TenantQuerySet}

    @classmethod
    def _get_collection(cls) -> Any:
        collection = super()._get_collection()
        if not isinstance(collection, ScopedCollection):
            raise ScopeViolation(f"{collection.full_name} is not scoped: no tenant document lives there.")
        return collection

    def validate(self, clean: bool = True) -> None:  # noqa: FBT001, FBT002  MongoEngine's signature
        """Stamp the document with the bound scope, then validate it and its references."""
        scope = self._stamp()
        super().validate(clean=clean)
        self.check_references(self._changed_references(), scope=scope)

    def save(self, *, validate: bool = True, **options: Any) -> Self:
        """Save the document; `validate=False` is refused, since validation is what keeps it in its company."""
        if not validate:
            raise ScopeViolation("A tenant document is always validated when it is saved.")
        saved: Self = super().save(validate=True, **options)
        return saved

    @classmethod
    def check_references(cls, found: Iterable[references.Reference], *, scope: Scope | None) -> None:
        """Refuse references that lead out of the company; across tenants (scope None) they are not looked at.

        Raises ScopeViolation.
        """
        if scope is not None:
            references.check(found, database=cls._get_db(), scope=scope)

    def _stamp(self) -> Scope:
        scope = active()
        if scope is None:
            if not goes_across():
                raise ScopeMissing(f"{type(self).__name__} is a tenant document and no company is bound.")
            return Scope(company_id=self.company_id, location=self.location)
        self.company_id = scope.company_id if self.company_id is None else self.company_id
        self.location = scope.location if self.location is None else self.location
        if self.company_id != scope.company_id or self.location != scope.location:
            raise ScopeViolation(f"This {type(self).__name__} belongs to company {self.company_id}.")
        return scope

    def _changed_references(self) -> Iterable[references.Reference]:
        stored = self.to_mongo()
        if not self._created:
            changed = {name.partition(".")[0] for name in self._get_changed_fields()}
            stored = {name: value for name, value in stored.items() if name in changed}
        return references.in_document(type(self), stored)
