"""Taking a company's documents away: in small parts with rests between them, so that others hardly feel it.

Memory holds one part, however many there are. Each part is one transaction with what counts it, so whoever is killed in
between has counted neither more nor less than was taken away, and whoever goes on takes the rest.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from novapulse import clock
from novapulse.data import transaction
from novapulse.tenancy import remains
from novapulse.tenancy.document import PlatformDocument, TenantDocument
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bson import ObjectId

    from novapulse.tenancy.scope import Scope

# What a run that was killed in a transaction has locked, MongoDB keeps locked for a minute: the next run waits for it.
PATIENCE_SECONDS: Final = 90.0
PART: Final = 500  # documents: some tens of milliseconds of a server that does little else
_LONGEST_REST_SECONDS: Final = 2.0


def names_companies(document: type[PlatformDocument | TenantDocument]) -> bool:
    """Tell whether documents of this kind may be a company's."""
    return issubclass(document, TenantDocument) or document.company_field is not None


def belonging(document: type[PlatformDocument | TenantDocument], company_id: ObjectId) -> dict[str, Any]:
    """Give the filter of what is a company's in a collection, across tenants: wherever it lies, also by mistake.

    Raises LookupError for a collection of the platform in which nothing names a company.
    """
    if issubclass(document, TenantDocument):
        return remains.in_any_location(document.collection(), company_id)
    if document.company_field is None:
        raise LookupError(f"Nothing in {document.__name__} names a company.")
    return {document.company_field: {"$in": remains.names_of(company_id)}}


def count_documents(document: type[PlatformDocument | TenantDocument], home: Scope) -> int:
    """Count the documents of a company in one collection. Raises what MongoDB raises where it is away."""
    with across_tenants("count what a company has"):
        return document.collection().count_documents(belonging(document, home.company_id))


def remove(
    document: type[PlatformDocument | TenantDocument],
    home: Scope,
    *,
    counted: Callable[[int], None],
    before: Callable[[list[Any]], None] = lambda _: None,
) -> int:
    """Take away all documents of a company in one collection, part by part; tell how many those were.

    counted: is called with the size of each part, in its transaction. before: with the ids of each part, before it is
    taken away, and again where that failed. Raises what MongoDB raises where it is away; what was done stays done.
    """
    with across_tenants("take a company away"):
        where = belonging(document, home.company_id)
        return sum(
            _removed(document, {**where, "_id": {"$in": ids}}, counted=counted, before=partial(before, ids))
            for ids in _parts(document, where)
        )


def rested(work: Callable[[], int]) -> int:
    """Do some work, then rest for as long as it took: half of the time is always for others."""
    began_at = clock.monotonic()
    count = work()
    time.sleep(min(_LONGEST_REST_SECONDS, clock.monotonic() - began_at))
    return count


def _parts(document: type[PlatformDocument | TenantDocument], where: Mapping[str, Any]) -> Iterator[list[Any]]:
    ids: list[Any] = []
    for found in document.collection().find(where, {"_id": 1}, batch_size=PART):
        ids.append(found["_id"])
        if len(ids) == PART:
            yield ids
            ids = []
    if ids:
        yield ids


def _removed(
    document: type[PlatformDocument | TenantDocument],
    where: Mapping[str, Any],
    *,
    counted: Callable[[int], None],
    before: Callable[[], None],
) -> int:
    before()

    def part() -> int:
        count: int = document.collection().delete_many(where).deleted_count
        counted(count)
        return count

    return rested(partial(transaction.run, part, max_seconds=PATIENCE_SECONDS))
