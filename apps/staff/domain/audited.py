"""What staff do at the admin's door: records in the platform's own chain."""

from __future__ import annotations

from apps.audit import api as audit_api
from apps.audit.api import Action, Actor, ActorKind, Entry, Outcome


def note_signed_in(account: str) -> None:
    """Write down, before they are let in, who signs in; fails closed: without MongoDB nobody signs in unseen."""
    by = Actor(ActorKind.OPERATOR, name=account)
    audit_api.note([Entry(Action.SIGN_IN_SUCCEEDED, account, kind="staff", home=audit_api.PLATFORM, by=by)])


def note_refused(*, why: str) -> None:
    """Write down that a sign-in was refused, as does `note_signed_in`.

    Not with what was given as the address, which may be a password; from where it came, each record tells.
    """
    refused = Outcome.REFUSED
    audit_api.note([Entry(Action.SIGN_IN_FAILED, kind="staff", outcome=refused, reason=why, home=audit_api.PLATFORM)])


def note_denied(route: str) -> None:
    """Write down that one of staff may not do what they tried; fails open, as they may not in any case."""
    audit_api.note_denied(route, reason="denied", home=audit_api.PLATFORM)
