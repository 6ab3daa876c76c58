"""A benchmark's companies are taken away, with all that names them: people, tasks, and the records of their audit.

Theirs are the companies whose slug is `benchmark.SLUG`: six digits, as nobody's own would have. What names a company
goes before the company does, so that a removal that was broken off is run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.operations.domain import benchmark, isolation, isolation_documents
from apps.operations.domain.declarations import collection_name
from apps.tenants import api as tenants_api
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from apps.tenants.api import CompanyRecord

_AT_ONCE: Final = 200  # companies
_THEIRS: Final = rf"@{benchmark.SLUG.pattern}\.example$"  # addresses of their people, who are in no other company
_DOCUMENTS_AT_ONCE: Final = 2_000  # each is taken out of up to twenty indexes
_LAST: Final = ("memberships", "companies")  # by which the others are found, should this be broken off


def companies() -> list[CompanyRecord]:
    """List a benchmark's companies."""
    return [each for each in tenants_api.every_company() if benchmark.SLUG.fullmatch(each.slug)]


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
    first = {name: place for name, place in kinds.items() if name not in _LAST}
    count = sum(_deleted(name, *place, seen=seen) for name, place in first.items())
    people = isolation.collection_of("memberships").distinct("identity_id", kinds["memberships"][0])
    theirs = {"_id": {"$in": people}, "email_key": {"$regex": _THEIRS}}
    count += _deleted("identities", theirs, "_id_", seen=seen)
    count += _deleted("memberships", *kinds["memberships"], seen=seen)
    return count + _deleted("companies", {"_id": {"$in": ids}}, "_id_", seen=seen)


def _deleted(name: str, where: dict[str, Any], hint: str, *, seen: Callable[[int], None]) -> int:
    collection, count = isolation.collection_of(name), 0
    while ids := [each["_id"] for each in collection.find(where, {"_id": 1}, limit=_DOCUMENTS_AT_ONCE, hint=hint)]:
        count += collection.delete_many({"_id": {"$in": ids}}).deleted_count
        seen(len(ids))
    return count
