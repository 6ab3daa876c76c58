"""The whole look: Redis' keys, dead letters, rows of the outbox, and every document that names a company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.operations.domain import isolation_documents, isolation_keys, isolation_messages
from apps.operations.domain.isolation import Report, look
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from collections.abc import Callable

    from bson import ObjectId


def scan(company_id: ObjectId | None, *, seen: Callable[[str, int], None] = lambda _kind, _count: None) -> Report:
    """Look for whatever leads from one company to another: of all companies, or in what names this one.

    seen: is called with a kind and how many more of it were looked at.

    Fails closed: Unavailable or TimedOut where MongoDB, Redis or SQS does not answer, since what was not looked at may
    be wrong. What is soonest done comes first.
    """
    with across_tenants("look for what leads from one company to another"):
        sources = [
            isolation_keys.keys(company_id),
            isolation_messages.letters(company_id),
            isolation_messages.outbox(company_id),
            *isolation_documents.sources(company_id),
        ]
        return look(sources, seen=seen)


def about_how_many() -> int:
    """Tell about how many documents a look at all companies looks at: for showing progress."""
    with across_tenants("estimate how many documents there are"):
        return isolation_documents.estimated()
