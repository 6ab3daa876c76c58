"""The end of all sessions of a company, as after a leak: everybody of it signs in anew."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.domain import memberships, sessions
from apps.tenants import api as tenants_api
from novapulse.data import transaction

if TYPE_CHECKING:
    from bson import ObjectId


def end_all(company_id: ObjectId) -> int:
    """End every session of a company with its tokens, and tell how many there were; API keys go on.

    Every process refuses them within a second after this returns. A switch or a refresh at the same time writes to one
    of the sessions, so MongoDB lets one of the two go first: what they start is ended here, or does not start.
    Fails closed: what cannot be announced to the gate is not committed.

    Raises NotFound; CompanyGoing where the deletion of the company has begun.
    """
    return transaction.run(partial(_end_all, company_id))


def count(company_id: ObjectId) -> int:
    """Count what `end_all` would end."""
    return sessions.count_live(membership_id={"$in": memberships.ids_in(company_id)})


def _end_all(company_id: ObjectId) -> int:
    company = tenants_api.end_access_tokens(company_id)
    ended = sessions.end_for_memberships(memberships.ids_in(company_id), reason="revoked-by-operator")
    told = Entry(
        Action.SESSIONS_ENDED,
        company_id,
        kind="company",
        details={"sessions": ended},
        reason="operator",
        home=company.home,
    )
    audit_api.record([told])
    return ended
