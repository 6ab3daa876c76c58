"""Deactivation: operators shut a person out of all companies, or let them in again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bson import ObjectId

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.domain import audited, endings, identities, memberships, sessions
from novapulse import clock
from novapulse.data import transaction
from novapulse.errors import NotFound

if TYPE_CHECKING:
    from apps.auth.domain.identities import IdentityRecord


@dataclass(frozen=True, slots=True)
class Account:
    """A person as operators see them: in how many companies, and how many live sessions there are to end."""

    identity: IdentityRecord
    companies: int
    sessions: int


def account(named: str) -> Account:
    """Read who has this address, or this id; raise NotFound. A service account is no person."""
    identity = identities.by_id(ObjectId(named)) if ObjectId.is_valid(named) else identities.by_email(named)
    if identity is None:
        raise NotFound(f"There is no account with the address or id {named}.")
    return Account(identity, len(memberships.active_of(identity.id)), sessions.count_live(identity_id=identity.id))


def deactivate(found: Account) -> None:
    """End everything that was issued to them. No password, invitation or reset opens the account from then on.

    A sign-in at the same time writes to the identity as well, so MongoDB lets one of the two go first.
    """
    transaction.run(partial(_deactivate, found.identity))


def reactivate(found: Account) -> None:
    """Let them sign in again, with the password that they had; what has ended stays so."""
    transaction.run(partial(_reactivate, found.identity))


def end_sessions(found: Account) -> int:
    """End all their sessions with their tokens, in every company, and tell how many; API keys go on."""
    return transaction.run(partial(_end_sessions, found.identity))


def _end_sessions(identity: IdentityRecord) -> int:
    ended = endings.end_sign_ins_of(identity.id, reason="revoked-by-operator")
    audit_api.record(audited.everywhere(identity.id, Entry(Action.SESSIONS_ENDED, kind="member", reason="operator")))
    return ended


def _reactivate(identity: IdentityRecord) -> None:
    identities.set_deactivated(identity.id, at=None)
    audit_api.record(audited.everywhere(identity.id, Entry(Action.PERSON_REACTIVATED, kind="member")))


def _deactivate(identity: IdentityRecord) -> None:
    identities.set_deactivated(identity.id, at=clock.now())
    endings.shut_out(identity.id, reason="deactivated")
    audit_api.record(audited.everywhere(identity.id, Entry(Action.PERSON_DEACTIVATED, kind="member")))
