"""Recovery codes: ten of them, for whoever has lost their authenticator; each opens the account once.

A code is 80 random bits in Crockford's base 32, in groups of four, such as `7q2m-x04k-v9ra-3hzd`: to be written on
paper and typed from it. Only an HMAC of it is kept, under a subkey of MASTER_KEY, bound to whose it is.
Source: https://www.crockford.com/base32.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING, Final

from django.conf import settings

from novapulse import keys

if TYPE_CHECKING:
    from bson import ObjectId

COUNT: Final = 10

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # without i, l, o, which look like 1 and 0, and u
_CHARACTERS: Final = 16  # of 5 bits each: nobody guesses one of ten in 2^80
_GROUP: Final = 4
_MISREAD: Final = str.maketrans("ilo", "110", "- ")
_SHAPE = re.compile(rf"[{_ALPHABET}]{{{_CHARACTERS}}}", re.ASCII)


def new() -> list[str]:
    """Make a set of codes as they are shown."""
    return [_shown("".join(secrets.choice(_ALPHABET) for _ in range(_CHARACTERS))) for _ in range(COUNT)]


def read(text: str) -> str | None:
    """Give the characters of a code as somebody has typed it, None where it has not the shape of one."""
    code = text.lower().translate(_MISREAD)
    return code if _SHAPE.fullmatch(code) else None


def hashed(code: str, *, identity_id: ObjectId) -> bytes:
    """Give what is kept of a code that `read` has given."""
    key = keys.subkey(settings.MASTER_KEY, purpose="recovery-codes")
    return hmac.digest(key, f"{identity_id} {code}".encode(), hashlib.sha256)


def _shown(code: str) -> str:
    return "-".join(code[start : start + _GROUP] for start in range(0, _CHARACTERS, _GROUP))
