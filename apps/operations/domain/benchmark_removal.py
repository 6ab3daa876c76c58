"""A benchmark's companies are taken away, with all that names them: people, tasks, and the records of their audit.

Theirs are the companies that `benchmark.make` has marked, whatever anybody else calls theirs. What names a company goes
before the company does, so that a removal that was broken off is run again. People go as they do when a company is
deleted (`auth_api.depart`); documents, of many companies at once, since of 10,000 one by one that takes hours.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.operations.domain import benchmark, isolation, isolation_documents
from apps.operations.domain.declarations import collection_name
from apps.tenants import api as tenants_api
from novapulse.data import transaction
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bson import ObjectId

    from apps.tenants.api import CompanyRecord

_AT_ONCE: Final = 200  # companies
_DOCUMENTS_AT_ONCE: Final = 2_000  # each is taken out of up to twenty indexes
_PEOPLE: Final = "memberships"


def companies() -> list[CompanyRecord]:
    """List a benchmark's companies."""
    return [each for each in tenants_api.every_company() if each.is_benchmark]


def remove(found: Sequence[CompanyRecord], *, seen: Callable[[int], None]) -> int:
    """Take these companies away; call `seen` with how many documents more are gone, and give how many in all.

    Raises Denied in production, what MongoDB raises where it is away.
    """
    benchmark.refuse_production()
    audit_api.note([_told(found)])
    with across_tenants("take a benchmark's companies away"):
        return sum(_gone(found[start : start + _AT_ONCE], seen) for start in range(0, len(found), _AT_ONCE))


def _told(found: Sequence[CompanyRecord]) -> Entry:
    return Entry(Action.BENCHMARK_REMOVED, "benchmark", details={"companies": len(found)}, home=audit_api.PLATFORM)


def _gone(some: Sequence[CompanyRecord], seen: Callable[[int], None]) -> int:
    ids = [company.id for company in some]
    kinds = {collection_name(each): isolation_documents.within(each, ids) for each in isolation_documents.kinds()}
    first = {name: place for name, place in kinds.items() if name != _PEOPLE}
    count = sum(_deleted(name, *place, seen=seen) for name, place in first.items())
    count += sum(_departed(each, seen=seen) for each in ids)
    return count + _deleted("companies", {"_id": {"$in": ids}}, "_id_", seen=seen)


def _departed(company_id: ObjectId, *, seen: Callable[[int], None]) -> int:
    count = 0
    while (gone := transaction.run(partial(auth_api.depart, company_id))).memberships:
        seen(many := len(gone.memberships) + len(gone.identities))
        count += many
    return count


def _deleted(name: str, where: dict[str, Any], hint: str, *, seen: Callable[[int], None]) -> int:
    collection, count = isolation.collection_of(name), 0
    while ids := [each["_id"] for each in collection.find(where, {"_id": 1}, limit=_DOCUMENTS_AT_ONCE, hint=hint)]:
        count += collection.delete_many({"_id": {"$in": ids}}).deleted_count
        seen(len(ids))
    return count
