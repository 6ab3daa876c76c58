"""The sessions that somebody has, in all their companies: what they see of them, and how they end them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.domain import audited, endings, sessions
from apps.auth.enums import SessionKind
from apps.tenants import api as tenants_api
from novapulse.data import transaction
from novapulse.errors import NotFound

if TYPE_CHECKING:
    from bson import ObjectId

    from apps.auth.domain.sessions import SessionRecord
    from apps.tenants.api import CompanyRecord
    from novapulse.context import Principal
    from novapulse.data import keyset


@dataclass(frozen=True, slots=True)
class MySession:
    """A session, its company, and whether it is the one that asks."""

    session: SessionRecord
    company: CompanyRecord
    is_current: bool


@dataclass(frozen=True, slots=True)
class MySessions:
    """A page of them, and where the next one starts."""

    rows: list[MySession]
    next: keyset.Position | None


def page(principal: Principal, *, limit: int, after: keyset.Position | None = None) -> MySessions:
    """List the live sessions of whoever asks, the newest first: one command for them, one for their companies."""
    found = sessions.live_of(principal.identity_id, limit=limit, after=after)
    homes = {home.id: home for home in tenants_api.companies({each.company_id for each in found.rows})}
    rows = [MySession(each, homes[each.company_id], each.id == principal.credential_id) for each in found.rows]
    return MySessions(rows, found.next)


def end(session_id: ObjectId, *, principal: Principal) -> None:
    """End a live session of whoever asks; raise NotFound alike for one of somebody else, an ended one, and none."""
    if not sessions.end_own(session_id, identity_id=principal.identity_id, reason="ended-by-owner"):
        raise NotFound


def end_all(principal: Principal) -> None:
    """End every session and access token of whoever asks, in all companies, with the one that asks."""
    transaction.run(partial(_end_all, principal.identity_id))


def _end_all(identity_id: ObjectId) -> None:
    endings.end_sign_ins_of(identity_id, reason="logout-all")
    audit_api.record(audited.everywhere(identity_id, Entry(Action.SESSIONS_ENDED, kind="member", reason="logout-all")))


def present(mine: MySession) -> dict[str, Any]:
    """Give what the API shows of a session."""
    session, company = mine.session, mine.company
    return {
        "id": session.id,
        "kind": (SessionKind.PERSON if session.acting is None else SessionKind.OPERATOR).value,
        "acted_by": session.acting and session.acting.operator,
        "company": {"id": company.id, "name": company.name, "slug": company.slug},
        "user_agent": session.device.user_agent,
        "address": session.device.address,
        "created_at": session.created_at,
        "last_used_at": session.rotated_at,
        "expires_at": session.good_until,
        "current": mine.is_current,
    }
