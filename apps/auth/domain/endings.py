"""The end of what was issued to a person, in all their companies: sessions with their tokens, and API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth.domain import api_keys, memberships, sessions

if TYPE_CHECKING:
    from bson import ObjectId


def end_sign_ins_of(identity_id: ObjectId, *, reason: str) -> int:
    """End every session with its tokens, inside the caller's transaction, and tell how many sessions there were.

    Every membership gets a new version, which access tokens of the old one do not reach, and which the gate is told of.
    A switch or a refresh at the same time writes to one of the sessions, so MongoDB lets one of the two go first: what
    they start is ended here, or does not start. Who has to shut out a sign-in as well writes to the identity.

    API keys go on, since no password has ever stood behind them.
    """
    memberships.raise_versions_of(identity_id)
    return sessions.end_for_identity(identity_id, reason=reason)


def shut_out(identity_id: ObjectId, *, reason: str) -> None:
    """End API keys as well, inside the caller's transaction: whoever held this account must have no way in any more."""
    end_sign_ins_of(identity_id, reason=reason)
    api_keys.end_for_identity(identity_id, reason=reason)
