"""Whether a token is still good: by what MongoDB says, and by what the gate was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth.domain import tokens
from apps.auth.domain.truths import truth_of
from apps.tenants.domain import gate_changes
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from novapulse.gate.decision import Credential


def is_good(text: str) -> bool:
    """Tell whether MongoDB knows nothing against an access token."""
    shown = credential_of(text)
    truth = truth_of(shown)
    return (
        truth.is_live
        and shown.company_version >= truth.company_version
        and shown.membership_version >= truth.membership_version
        and shown.token_id not in truth.revoked_tokens
    )


def is_announced(text: str) -> bool:
    """Tell whether the gate was told of something that ends this access token."""
    shown = credential_of(text)
    return any(_ends(change, shown) for change in announced())


def announced() -> list[Change]:
    """Give what the gate was told."""
    return list(gate_changes.pending().values())


def credential_of(text: str) -> Credential:
    """Give what the gate sees of an access token."""
    return tokens.read(text).credential


def _ends(change: Change, shown: Credential) -> bool:
    if change.company_id != shown.company_id:
        return False
    if change.level is Level.MEMBERSHIP:
        return change.subject == shown.membership_id and change.version > shown.membership_version
    if change.level is Level.TOKEN:
        return (change.subject, change.credential_id) == (shown.token_id, shown.credential_id)
    return change.level is Level.CREDENTIAL and change.subject == shown.credential_id
