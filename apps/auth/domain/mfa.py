"""The second factor of a person: enrolled, confirmed, disabled. How it is proven at a sign-in is in `mfa_proofs`.

1. `enrol` makes a secret and shows it once. Nothing has changed yet; whoever enrols again gets another secret.
2. `confirm` wants a code of it, which shows that an authenticator has the secret. From now on signing in takes a code,
   and every other session ends: none may go on, or become whole where the second factor is required, that was started
   by the password alone. Ten recovery codes are shown, once.
3. `disable` wants the password and a code, and forgets all of it. A new password, changed or reset, does not.
4. `forget` is for operators, where neither authenticator nor recovery code is left: it wants nothing, and ends all
   sessions.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.documents import Identity
from apps.auth.domain import (
    audited,
    endings,
    identities,
    memberships,
    mfa_proofs,
    passwords,
    recovery_codes,
    sessions,
    totp,
)
from apps.auth.enums import MembershipKind
from apps.auth.errors import CompanyRequiresMfa, MfaActive, MfaNotActive, OtpRefused, SecondFactorRefused
from apps.tenants import api as tenants_api
from novapulse import clock, log
from novapulse.data import transaction

if TYPE_CHECKING:
    from bson import ObjectId

    from apps.auth.domain.memberships import MembershipRecord
    from apps.tenants.api import CompanyRecord

_logger = logging.getLogger(__name__)

_FORGOTTEN: Final = {
    **dict.fromkeys(("mfa_secret", "mfa_confirmed_at", "mfa_last_step", "mfa_recovery_hashes"), ""),
    **mfa_proofs.TRIES,
}


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator needs; shown once."""

    secret: str
    uri: str

    def __repr__(self) -> str:
        """Show nothing."""
        return "Enrolment(...)"


def is_confirmed(identity_id: ObjectId) -> bool:
    """Tell whether a person has a second factor, and so is asked for it at every sign-in."""
    where = {"_id": identity_id, "mfa_confirmed_at": {"$ne": None}}
    return Identity.collection().find_one(where, {"_id": 1}) is not None


def is_missing(membership: MembershipRecord, *, company: CompanyRecord) -> bool:
    """Tell whether somebody lacks the second factor that their company requires; it is required of people alone."""
    is_required = company.mfa_required and membership.kind is MembershipKind.PERSON
    return is_required and not is_confirmed(membership.identity_id)


def enrol(identity_id: ObjectId) -> Enrolment:
    """Make a secret for a person who has no second factor, in place of any that was not confirmed; raise MfaActive."""
    return transaction.run(partial(_enrol, identity_id))


def _enrol(identity_id: ObjectId) -> Enrolment:
    secret = totp.new_secret()
    document = Identity.collection().find_one_and_update(
        {"_id": identity_id, "mfa_confirmed_at": None},
        {"$set": {"mfa_secret": totp.seal(secret, identity_id=identity_id)}},
        projection={"email": 1},
    )
    if document is None:
        raise MfaActive
    _record(identity_id, Action.SECOND_FACTOR_ENROLLED)
    return Enrolment(secret, totp.uri(secret, email=document["email"]))


def confirm(identity_id: ObjectId, *, otp: str, session_id: ObjectId) -> list[str]:
    """Turn the second factor on, by a code of the secret that was enrolled last; give the recovery codes.

    session_id: the session that shows the code, the one that goes on. A sign-in without a code at the same time writes
    to the identity as well, so MongoDB lets one of the two go first, and it ends here or does not start.

    Raises MfaNotActive where nothing was enrolled, OtpRefused for a wrong code, MfaActive for the later of two at once.
    """
    known = Identity.collection().find_one({"_id": identity_id}, {"mfa_secret": 1, "mfa_confirmed_at": 1}) or {}
    if known.get("mfa_confirmed_at") is not None:
        raise MfaActive
    if known.get("mfa_secret") is None:
        raise MfaNotActive
    secret = totp.unseal(known["mfa_secret"], identity_id=identity_id)
    step = totp.step_of(otp, secret=secret, after=totp.BEFORE_ANY_STEP)
    if step is None:
        raise OtpRefused
    codes = recovery_codes.new()
    hashes = [recovery_codes.hashed(code.replace("-", ""), identity_id=identity_id) for code in codes]
    now = clock.now()
    changes = {"mfa_confirmed_at": now, "mfa_last_step": step, "mfa_recovery_hashes": hashes, "updated_at": now}
    where = {"_id": identity_id, "mfa_secret": known["mfa_secret"], "mfa_confirmed_at": None}
    transaction.run(partial(_confirm, where, changes=changes, session_id=session_id))
    log.event(_logger, "auth.second_factor_confirmed", identity_id=str(identity_id))
    return codes


def disable(identity_id: ObjectId, *, password: str, otp: str) -> None:
    """Turn the second factor off, and forget secret and recovery codes.

    Raises MfaNotActive; CompanyRequiresMfa, which names the companies; SecondFactorRefused for a wrong password, for a
    code that is wrong or used, and where either has changed at the same time; Overloaded.
    """
    identity = identities.identity(identity_id)
    if not identity.has_mfa:
        raise MfaNotActive
    _check_no_company_requires_it(identity_id)
    if not passwords.matches(identity, password=password):
        raise SecondFactorRefused
    proof = mfa_proofs.proof_of(identity_id, otp=otp)
    if proof is None:
        raise SecondFactorRefused
    where = {"_id": identity_id, "password_hash": identity.password_hash, **proof.guard}
    transaction.run(partial(_disable, where))
    log.event(_logger, "auth.second_factor_disabled", identity_id=str(identity_id))


def _disable(where: dict[str, Any]) -> None:
    if not _forgotten(where):
        raise SecondFactorRefused
    _record(where["_id"], Action.SECOND_FACTOR_DISABLED)


def _record(identity_id: ObjectId, action: Action) -> None:
    audit_api.record(audited.everywhere(identity_id, Entry(action, kind="member")))


def forget(identity_id: ObjectId) -> None:
    """Turn the second factor of a person off who cannot show it any more, and end their sessions in all companies.

    From then on the password alone signs them in; where a company requires a second factor, to enrol another one.
    """
    transaction.run(partial(_forget, identity_id))


def _forget(identity_id: ObjectId) -> None:
    if _forgotten({"_id": identity_id, "mfa_confirmed_at": {"$ne": None}}):
        endings.end_sign_ins_of(identity_id, reason="second-factor-forgotten")
        _record(identity_id, Action.SECOND_FACTOR_FORGOTTEN)
        event = partial(log.event, _logger, "auth.second_factor_forgotten", identity_id=str(identity_id))
        transaction.on_commit(event)


def _confirm(where: dict[str, Any], *, changes: dict[str, Any], session_id: ObjectId) -> None:
    confirmed = Identity.collection().find_one_and_update(
        where, {"$set": changes, "$inc": {"version": 1}}, projection={"_id": 1}
    )
    if confirmed is None:
        raise MfaActive
    sessions.end_others(confirmed["_id"], session_id=session_id, reason="second-factor-confirmed")
    _record(confirmed["_id"], Action.SECOND_FACTOR_CONFIRMED)


def _check_no_company_requires_it(identity_id: ObjectId) -> None:
    ids = [membership.company_id for membership in memberships.active_of(identity_id)]
    names = [company.name for company in tenants_api.companies(ids) if company.mfa_required]
    if names:
        raise CompanyRequiresMfa(names)


def _forgotten(where: dict[str, Any]) -> bool:
    changed = Identity.collection().find_one_and_update(
        where,
        {"$unset": _FORGOTTEN, "$set": {"updated_at": clock.now()}, "$inc": {"version": 1}},
        projection={"_id": 1},
    )
    return changed is not None
