"""What MongoDB says of a credential, for the gate: the truth that Redis only repeats.

Three finds: the company, the membership, then the session or key. They go to the primary, as all finds of platform
collections do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bson import ObjectId

from apps.auth.domain import api_keys, memberships, sessions
from apps.tenants import api as tenants_api
from novapulse.errors import NotFound
from novapulse.gate.decision import Limits, Truth

if TYPE_CHECKING:
    from apps.auth.domain.memberships import MembershipRecord
    from apps.tenants.api import CompanyRecord
    from novapulse.gate.decision import Credential

_NO_VERSION = 0  # below any that a credential carries
_NO_LIMITS = Limits(quota=1, window_seconds=1, concurrency=1, version=0)  # of nobody, and older than any


def truth_of(credential: Credential) -> Truth:
    """Read what is true of a credential now.

    A membership or session that has ended, expired or never was is not live, and so is a credential that names things
    which do not belong together. A company that is suspended tells by its version: its sessions go on when it does.

    Fails closed: without MongoDB the driver's error goes through.
    """
    company = _company(ObjectId(credential.company_id))
    membership = memberships.active(ObjectId(credential.membership_id))
    if company is None or membership is None or membership.company_id != company.id:
        return _ended(company, membership)
    is_live, revoked_tokens = _shown(credential, membership=membership)
    return Truth(
        company_version=company.credential_version,
        membership_version=membership.credential_version,
        is_live=is_live,
        limits=tenants_api.limits_of(company),
        revoked_tokens=revoked_tokens,
    )


def _shown(credential: Credential, *, membership: MembershipRecord) -> tuple[bool, frozenset[str]]:
    """Tell of the session or the API key itself whether it is live, and which of its access tokens are not."""
    credential_id = ObjectId(credential.credential_id)
    if not credential.token_id:
        return api_keys.is_live(credential_id, membership_id=membership.id), frozenset()
    session = sessions.by_id(credential_id)
    if session is None:
        return False, frozenset()
    return session.is_live and session.membership_id == membership.id, session.revoked_tokens


def _company(company_id: ObjectId) -> CompanyRecord | None:
    """Read the company; None as well once its deletion has begun, so that nobody keeps anew what is taken away."""
    try:
        company = tenants_api.company(company_id)
    except NotFound:
        return None
    return None if company.is_going else company


def _ended(company: CompanyRecord | None, membership: MembershipRecord | None) -> Truth:
    return Truth(
        company_version=_NO_VERSION if company is None else company.credential_version,
        membership_version=_NO_VERSION if membership is None else membership.credential_version,
        is_live=False,
        limits=_NO_LIMITS if company is None else tenants_api.limits_of(company),
        is_of_company=company is not None,
    )
