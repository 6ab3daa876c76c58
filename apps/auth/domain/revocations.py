"""What operators end by its id: a session, an access token of one, an API key, everything of a membership."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import conf
from apps.auth.domain import api_keys, memberships, sessions
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.data import transaction
from novapulse.errors import NotFound
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from bson import ObjectId

    from apps.auth.domain.memberships import MembershipRecord

_REASON = "revoked-by-operator"


@dataclass(frozen=True, slots=True)
class Revocation:
    """What would end: at which level, whose company, how many live sessions; `apply` ends it."""

    level: Level
    subject: str
    company_id: ObjectId
    sessions: int
    apply: Callable[[], object]


def of_session(session_id: ObjectId) -> Revocation:
    """Prepare the end of a session with its tokens; raise NotFound where there is none that is live."""
    session = _live(session_id)
    end = partial(sessions.end, session_id, reason=_REASON)
    return Revocation(Level.CREDENTIAL, str(session_id), session.company_id, sessions=1, apply=end)


def of_token(jti: str, *, session_id: ObjectId) -> Revocation:
    """Prepare the end of one access token; its session goes on. Raise NotFound where that is not live.

    It is remembered for as long as any access token lives that has been issued by now. Where staff act as a person,
    the session ends as well: it has this one token, and its end is told to the company.
    """
    session = _live(session_id)
    if session.acting is not None:
        end = partial(sessions.end, session_id, reason=_REASON)
        return Revocation(Level.TOKEN, jti, session.company_id, sessions=1, apply=end)
    until = clock.now() + conf.ACCESS_LIFETIME
    mark = partial(sessions.revoke_token, session_id, jti=jti, expires_at=until)
    return Revocation(Level.TOKEN, jti, session.company_id, sessions=0, apply=mark)


def of_api_key(prefix: str) -> Revocation:
    """Prepare the end of an API key that was found somewhere, by the public part of its text; raise NotFound."""
    key = api_keys.of_prefix(prefix)
    membership = None if key is None else memberships.active(key.membership_id)
    if key is None or membership is None:
        raise NotFound(f"There is no live API key np_{prefix}_....")
    end = partial(transaction.run, partial(_end_key, key.id, membership))
    return Revocation(Level.CREDENTIAL, str(key.id), membership.company_id, sessions=0, apply=end)


def of_membership(membership_id: ObjectId) -> Revocation:
    """Prepare the end of all sessions, tokens and API keys of a membership, which goes on; raise NotFound.

    Whoever holds it may sign in again.
    """
    membership = memberships.active(membership_id)
    if membership is None:
        raise NotFound(f"There is no active membership {membership_id}.")
    live = sessions.count_live(membership_id=membership_id)
    end = partial(transaction.run, partial(_end_membership, membership_id))
    return Revocation(Level.MEMBERSHIP, str(membership_id), membership.company_id, sessions=live, apply=end)


def _live(session_id: ObjectId) -> sessions.SessionRecord:
    session = sessions.by_id(session_id)
    if session is None or not session.is_live:
        raise NotFound(f"There is no live session {session_id}.")
    return session


def _end_key(key_id: ObjectId, membership: MembershipRecord) -> None:
    if api_keys.end({"_id": key_id}, reason=_REASON):
        audit_api.record([Entry(Action.API_KEY_REVOKED, key_id, home=membership.home)])
        tenants_api.announce([Change(Level.CREDENTIAL, str(key_id), company_id=str(membership.company_id))])


def _end_membership(membership_id: ObjectId) -> None:
    membership = memberships.raise_version(membership_id)
    if membership is not None:
        audit_api.record([Entry(Action.CREDENTIALS_REVOKED, membership_id, kind="member", home=membership.home)])
    sessions.end_for_membership(membership_id, reason=_REASON)
    api_keys.end_for_membership(membership_id, reason=_REASON)
