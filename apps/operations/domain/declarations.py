"""What the documents declare: their collections and indexes."""
# ruff: noqa: SLF001  MongoEngine keeps what it knows of a document in names with an underscore

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import autodiscover_modules

from novapulse.queues import documents as _queue_documents  # noqa: F401  the library's own are declared there
from novapulse.queues import figures  # noqa: F401  as above
from novapulse.tenancy.document import PlatformDocument, TenantDocument
from novapulse.web import idempotency  # noqa: F401  as above

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Keys = tuple[tuple[str, Any], ...]

_OUR_PACKAGES = frozenset({"apps", "novapulse"})  # a test may declare documents of its own


@dataclass(frozen=True, slots=True)
class Index:
    """One declared index: of which document, its collection and name, its keys as (field, direction), its options."""

    document: Any
    collection: str
    name: str
    keys: Keys
    options: Mapping[str, Any]


def documents() -> list[Any]:
    """List every document class of the project, platform's and tenants' alike, by collection."""
    autodiscover_modules("documents")
    found = {each for base in (PlatformDocument, TenantDocument) for each in _descendants(base)}
    ours = [each for each in found if each.__module__.partition(".")[0] in _OUR_PACKAGES]
    return sorted(ours, key=lambda each: (collection_name(each), each.__name__))


def collection_name(document: Any) -> str:  # noqa: ANN401  MongoEngine is untyped
    """Give the name of a document's collection."""
    return str(document._get_collection_name())


def declared_indexes() -> list[Index]:
    """List every index that a document declares, as MongoEngine itself would build it."""
    return [_index(document, spec) for document in documents() for spec in document._meta["index_specs"]]


def _descendants(base: Any) -> Iterator[Any]:  # noqa: ANN401  as above
    for child in base.__subclasses__():
        yield from _descendants(child)
        if not child._meta.get("abstract"):
            yield child


def _index(document: Any, spec: Mapping[str, Any]) -> Index:  # noqa: ANN401  as above
    options = {name: value for name, value in spec.items() if name not in {"fields", "name"}}
    keys = tuple((field, direction) for field, direction in spec["fields"])
    name = spec.get("name") or "_".join(f"{field}_{direction}" for field, direction in keys)
    return Index(document, collection_name(document), name, keys, options)
