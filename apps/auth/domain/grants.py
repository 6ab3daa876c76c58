"""What a sign-in hands out: an access token and the refresh token of its session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.auth import conf
from apps.auth.domain import refresh_tokens, tokens

if TYPE_CHECKING:
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.sessions import SessionRecord
    from apps.tenants.api import CompanyRecord


@dataclass(frozen=True, slots=True)
class Grant:
    """The two tokens; never logged, never stored."""

    access_token: str
    refresh_token: str

    def __repr__(self) -> str:
        """Show nothing."""
        return "Grant(...)"


def of(session: SessionRecord, *, membership: MembershipRecord, company: CompanyRecord) -> Grant:
    """Write the tokens of a session. It reads the signing key, so it belongs outside of a transaction."""
    access = tokens.issue(session, membership=membership, company_version=company.credential_version)
    return Grant(access_token=access, refresh_token=refresh_tokens.write(session))


def present(grant: Grant) -> dict[str, Any]:
    """Give what the API shows of a grant (RFC 6749, section 5.1)."""
    return {
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "token_type": "Bearer",
        "expires_in": int(conf.ACCESS_LIFETIME.total_seconds()),
    }
