"""What a sign-in hands out: an access token and the refresh token of its session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.auth import conf
from apps.auth.domain import mfa, permissions, refresh_tokens, tokens

if TYPE_CHECKING:
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.sessions import SessionRecord
    from apps.tenants.api import CompanyRecord


@dataclass(frozen=True, slots=True)
class Grant:
    """The two tokens; never logged, never stored. `scopes` is what narrows the access token, if anything."""

    access_token: str
    refresh_token: str
    scopes: frozenset[str] | None = None

    def __repr__(self) -> str:
        """Show nothing."""
        return "Grant(...)"


def of(session: SessionRecord, *, membership: MembershipRecord, company: CompanyRecord) -> Grant:
    """Write the tokens of a session. It reads the signing key, so it belongs outside of a transaction.

    Whoever lacks the second factor that their company requires gets no more than the permissions to enrol one.
    """
    scopes = permissions.WITHOUT_MFA if mfa.is_missing(membership, company=company) else None
    access = tokens.issue(session, membership=membership, company_version=company.credential_version, scopes=scopes)
    return Grant(access_token=access, refresh_token=refresh_tokens.write(session), scopes=scopes)


def present(grant: Grant) -> dict[str, Any]:
    """Give what the API shows of a grant (RFC 6749, section 5.1): `scope` only where it is less than the role."""
    narrowed = {} if grant.scopes is None else {"scope": " ".join(sorted(grant.scopes))}
    return {
        **narrowed,
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "token_type": "Bearer",
        "expires_in": int(conf.ACCESS_LIFETIME.total_seconds()),
    }
