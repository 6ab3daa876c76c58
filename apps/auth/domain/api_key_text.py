"""The text of an API key: `np_<prefix>_<secret><checksum>`, its parts in base62 (digits, capitals, small letters).

1. The prefix is public: lists show it, and a key that is presented is found by it.
2. The secret is drawn from 160 bits of randomness.
3. The checksum is the CRC-32 (RFC 1952, section 8) of all that stands before it: a mistyped key, or what a scanner
   takes for one, is told from a key without asking a store. Anybody can compute it, so it protects nothing.

What is kept is the SHA-256 of the whole text. A slow hash, as for passwords, would gain nothing: there is nothing to
guess in 160 random bits (NIST SP 800-63B, 5.1.2.2), and a key comes with every request.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from typing import Final

MARK: Final = "np_"

_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PREFIX_LENGTH: Final = 10  # 62^10: no two keys meet by chance, and the index is unique
_SECRET_LENGTH: Final = 27  # 62^27 is more than 2^160
_CHECKSUM_LENGTH: Final = 6  # 62^6 is more than 2^32

_SHAPE = re.compile(
    rf"(?P<checked>{MARK}(?P<prefix>[0-9A-Za-z]{{{_PREFIX_LENGTH}}})_[0-9A-Za-z]{{{_SECRET_LENGTH}}})"
    rf"(?P<checksum>[0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A new key, to be shown once; never logged, never stored."""

    prefix: str
    text: str

    def __repr__(self) -> str:
        """Show no secret."""
        return f"KeyText({self.prefix})"


def new() -> KeyText:
    """Make a key that never was."""
    prefix = _drawn(_PREFIX_LENGTH)
    checked = f"{MARK}{prefix}_{_drawn(_SECRET_LENGTH)}"
    return KeyText(prefix, checked + _checksum(checked))


def prefix_of(text: str) -> str | None:
    """Give the prefix of a text that is shaped as a key and whose checksum is right; None for any other text."""
    match = _SHAPE.fullmatch(text)
    if match is None or match["checksum"] != _checksum(match["checked"]):
        return None
    return match["prefix"]


def digest(text: str) -> bytes:
    """Give what is kept of a key."""
    return hashlib.sha256(text.encode()).digest()


def _drawn(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(checked: str) -> str:
    rest, digits = zlib.crc32(checked.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
