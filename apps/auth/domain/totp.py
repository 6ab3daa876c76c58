"""Codes of an authenticator: TOTP (RFC 6238) as every authenticator has it, with SHA-1, six digits and 30 seconds."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

import pyotp
from django.conf import settings

from apps.auth import conf
from novapulse import clock, keys

if TYPE_CHECKING:
    from bson import ObjectId

STEP_SECONDS: Final = 30
BEFORE_ANY_STEP: Final = -1

_SECRET_CHARACTERS: Final = 32  # 160 bits of base 32, as long as the HMAC's output (RFC 4226, section 4, R6)
_SKEW_STEPS: Final = 1  # a clock may be half a minute wrong, and typing takes time (RFC 6238, section 5.2)
_PURPOSE: Final = "totp"


def new_secret() -> str:
    """Make a secret for one authenticator, in base 32."""
    return pyotp.random_base32(_SECRET_CHARACTERS)


def uri(secret: str, *, email: str) -> str:
    """Give the `otpauth://` address that an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=conf.TOTP_ISSUER)


def step_of(code: str, *, secret: str, after: int) -> int | None:
    """Tell the time step that a code of six digits is of, None where it is of none that is accepted now.

    Accepted are the present step, the one before and the one after it; but none up to `after`, the last one that was
    used, so that a code that somebody has looked at or written down opens nothing (RFC 6238, section 5.2).
    """
    now, written_for = clock.epoch_seconds() // STEP_SECONDS, pyotp.TOTP(secret).generate_otp
    for step in range(now - _SKEW_STEPS, now + _SKEW_STEPS + 1):
        if step > after and hmac.compare_digest(written_for(step).encode(), code.encode()):
            return step
    return None


def seal(secret: str, *, identity_id: ObjectId) -> bytes:
    """Encrypt a secret for the database, bound to whose it is: in another's record it opens nothing."""
    return keys.seal(secret.encode(), key=_key(), context=str(identity_id))


def unseal(sealed: bytes, *, identity_id: ObjectId) -> str:
    """Decrypt what `seal` made for the same person; cryptography.exceptions.InvalidTag for anything else."""
    return keys.unseal(sealed, key=_key(), context=str(identity_id)).decode()


def _key() -> bytes:
    return keys.subkey(settings.MASTER_KEY, purpose=_PURPOSE)
