"""What operators read of a person: where they work, and by what they are signed in. No secret is among it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.domain import api_keys, deactivation, memberships, sessions
from apps.tenants import api as tenants_api

if TYPE_CHECKING:
    from apps.auth.domain.deactivation import Account
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.sessions import SessionRecord

SESSIONS_SHOWN: Final = 50  # the newest; `Account.sessions` counts all

_PERSONAL: Final = ("id", "email", "name", "created_at", "email_verified_at", "deactivated_at", "mfa_confirmed_at")


@dataclass(frozen=True, slots=True)
class Dossier:
    """A person with their active memberships, live sessions and the number of their live API keys.

    `slugs` names the companies of both by their ids.
    """

    account: Account
    memberships: list[MembershipRecord]
    sessions: list[SessionRecord]
    api_keys: int
    slugs: dict[Any, str]


def dossier(named: str) -> Dossier:
    """Read a person by address or id, and write down that an operator has read it.

    Raises NotFound.
    """
    account = deactivation.account(named)
    audit_api.note([Entry(Action.OPERATOR_READ, account.identity.id, kind="person", home=audit_api.PLATFORM)])
    seats = memberships.active_of(account.identity.id)
    live = sessions.live_of(account.identity.id, limit=SESSIONS_SHOWN).rows
    companies = tenants_api.companies({seat.company_id for seat in seats} | {each.company_id for each in live})
    slugs = {each.id: each.slug for each in companies}
    return Dossier(account, seats, live, api_keys.count_live(account.identity.id), slugs)


def present(found: Dossier) -> dict[str, Any]:
    """Give it as data."""
    return {
        **{name: getattr(found.account.identity, name) for name in _PERSONAL},
        "memberships": [
            {"id": each.id, "company": found.slugs.get(each.company_id), "role": each.role}
            for each in found.memberships
        ],
        "sessions": [
            {
                "id": each.id,
                "company": found.slugs.get(each.company_id),
                **asdict(each.device),
                "acted_by": each.acting and each.acting.operator,
                "created_at": each.created_at,
                "rotated_at": each.rotated_at,
                "expires_at": each.good_until,
            }
            for each in found.sessions
        ],
        "live_sessions": found.account.sessions,
        "live_api_keys": found.api_keys,
    }
