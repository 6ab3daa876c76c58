"""Proving the second factor: by a code of the authenticator, or by a recovery code, each of them once.

1. Whoever has confirmed an authenticator is asked for a code once their password is right, never before.
2. A code of six digits counts before it is looked at: after `OTP_TRIES` in a row without a success the right one is
   refused like a wrong one, till `OTP_TRIES_WINDOW` has passed since the first. This counts by person and not by
   address, since a guesser with the password may come from a thousand addresses; only they could lock somebody out,
   and whoever is locked out still has their recovery codes, which nobody guesses and which are not counted.
3. A code that is right is a `Proof`: what the person's document must still hold when it is used up.
4. `spend` uses it up by compare-and-set, in the transaction that starts the session: of two sign-ins at once with one
   code, one wins; a sign-in that fails for another reason leaves the code as it was.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag

from apps.auth import conf
from apps.auth.documents import Identity
from apps.auth.domain import recovery_codes, totp
from apps.auth.errors import InvalidCredentials, OtpRequired
from novapulse import clock, log
from novapulse.data import transaction

if TYPE_CHECKING:
    from bson import ObjectId

    from apps.auth.domain.identities import IdentityRecord

_logger = logging.getLogger(__name__)

TRIES: dict[str, str] = {"mfa_tries": "", "mfa_tries_until": ""}  # to be unset


@dataclass(frozen=True, slots=True)
class Proof:
    """A right code that is not used up yet: what a document must hold for that, what is changed by it, what is told."""

    guard: dict[str, Any]
    change: dict[str, Any]
    event: str

    def __repr__(self) -> str:
        """Show nothing of the code."""
        return f"Proof({self.event})"


def asked_of(identity: IdentityRecord, *, otp: str | None) -> Proof | None:
    """Check the code of somebody whose password is right; None for whoever has no second factor (steps 1 to 3).

    Raises OtpRequired where there is none, InvalidCredentials for a wrong one.
    """
    if not identity.has_mfa:
        return None
    if otp is None:
        raise OtpRequired
    proof = proof_of(identity.id, otp=otp)
    if proof is None:
        raise InvalidCredentials
    return proof


def proof_of(identity_id: ObjectId, *, otp: str) -> Proof | None:
    """Check a code, None where it is wrong, used or one too many (steps 2 and 3)."""
    code = recovery_codes.read(otp)
    if code is None:
        return _of_authenticator(identity_id, code=otp)
    guard = {"mfa_recovery_hashes": recovery_codes.hashed(code, identity_id=identity_id)}
    if Identity.collection().find_one({"_id": identity_id, **guard}, {"_id": 1}) is None:
        return None
    return Proof(guard, {"$pull": guard}, event="auth.recovery_code_used")


def spend(identity_id: ObjectId, *, proof: Proof | None) -> None:
    """Use up a proof inside the caller's transaction (step 4); None needs none. Raises InvalidCredentials."""
    if proof is None:
        return
    spent = Identity.collection().find_one_and_update(
        {"_id": identity_id, **proof.guard}, {**proof.change, "$unset": TRIES}, projection={"_id": 1}
    )
    if spent is None:
        raise InvalidCredentials
    transaction.on_commit(partial(log.event, _logger, proof.event, identity_id=str(identity_id)))


def _of_authenticator(identity_id: ObjectId, *, code: str) -> Proof | None:
    known = _counted(identity_id)
    if known is None:
        log.event(_logger, "auth.second_factor_locked", level=logging.WARNING, identity_id=str(identity_id))
        return None
    try:
        secret = totp.unseal(known["mfa_secret"], identity_id=identity_id)
    except InvalidTag:  # of another MASTER_KEY or another person: no code is right any more
        log.event(_logger, "auth.second_factor_sealed_otherwise", level=logging.ERROR, identity_id=str(identity_id))
        return None
    step = totp.step_of(code, secret=secret, after=known["mfa_last_step"])
    if step is None:
        return None
    guard = {"mfa_secret": known["mfa_secret"], "mfa_last_step": {"$lt": step}}
    return Proof(guard, {"$set": {"mfa_last_step": step}}, event="auth.second_factor_used")


def _counted(identity_id: ObjectId) -> dict[str, Any] | None:
    """Count one try, and give the document; None where there were too many. One command, so that none slips through."""
    now = clock.now()
    is_over = {"$lte": [{"$ifNull": ["$mfa_tries_until", now]}, now]}
    until = {"$cond": [is_over, now + conf.OTP_TRIES_WINDOW, "$mfa_tries_until"]}
    tries = {"$cond": [is_over, 1, {"$add": ["$mfa_tries", 1]}]}
    document: dict[str, Any] | None = Identity.collection().find_one_and_update(
        {
            "_id": identity_id,
            "mfa_confirmed_at": {"$ne": None},
            "$or": [{"mfa_tries_until": {"$not": {"$gt": now}}}, {"mfa_tries": {"$lt": conf.OTP_TRIES}}],
        },
        [{"$set": {"mfa_tries": tries, "mfa_tries_until": until}}],
        projection={"mfa_secret": 1, "mfa_last_step": 1},
    )
    return document
