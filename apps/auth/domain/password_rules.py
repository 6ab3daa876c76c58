"""What makes a password unacceptable (NIST SP 800-63B-4, section 3.1.1.2).

Length counts, composition does not: no rule asks for digits or capitals. Refused is what stands on the blocklist, with
the reason: common passwords, names of the service, the company and the person, repetitions and rows of keys.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from apps.auth import conf
from apps.auth.errors import PasswordRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

_BLOCKED: Final = "password-blocklisted"
_SERVICE: Final = "NovaPulse"
_LEAST_WORD: Final = 3  # a shorter name, such as Li, stands in too many honest passwords
_LEAST_OWN: Final = 8  # so much must remain when the names are taken out: a year and a sign are not enough
_LEAST_RUN: Final = 5  # the mean length of a row of keys that a password may not be made of
_SHORT_UNIT: Final = 4  # abcdabcdabcdabcd
_ROWS: Final = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")


def check(password: str, *, context: Iterable[str]) -> None:
    """Refuse a password that is too short, too long or easily guessed.

    password: in NFC; its length counts code points. context: the names that belong to this account, such as those of
    the company, the person and the address.

    Raises PasswordRefused with `password-too-short`, `password-too-long` or `password-blocklisted` and the reason.
    """
    _check_length(len(password))
    plain = _folded(password)
    if _is_common(password) or _is_common(plain):
        raise PasswordRefused("This is among the passwords that attackers try first.", code=_BLOCKED)
    _check_repetition(plain or password)
    if _is_row(plain):
        raise PasswordRefused("This is a row of neighbouring keys, letters or digits.", code=_BLOCKED)
    _check_context(plain, words=_words([*context, _SERVICE]))


def _check_length(length: int) -> None:
    if length < conf.PASSWORD_LEAST:
        reason = f"At least {conf.PASSWORD_LEAST} characters; a few words with spaces between them do well."
        raise PasswordRefused(reason, code="password-too-short")
    if length > conf.PASSWORD_MOST:
        raise PasswordRefused(f"At most {conf.PASSWORD_MOST} characters.", code="password-too-long")


def _folded(text: str) -> str:
    """Give letters and digits alone, without case, so that `Acme-Rockets!` and `acme rockets` are the same."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


@cache
def _common() -> CommonPasswordValidator:
    return CommonPasswordValidator()


def _is_common(password: str) -> bool:
    try:
        _common().validate(password)
    except ValidationError:
        return True
    return False


def _check_repetition(text: str) -> None:
    unit = text[: _period(text)]
    if len(unit) <= _SHORT_UNIT:
        raise PasswordRefused("This repeats one character or a short pattern.", code=_BLOCKED)
    if len(unit) < len(text) and _is_common(unit):
        raise PasswordRefused("This repeats a password that attackers try first.", code=_BLOCKED)


def _period(text: str) -> int:
    """Give the length of the shortest unit whose repetition the text is, the last one possibly cut off."""
    return next(size for size in range(1, len(text) + 1) if text[size:] == text[:-size])


def _is_row(text: str) -> bool:
    breaks = sum(not _neighbours(first, second) for first, second in pairwise(text))
    return (breaks + 1) * _LEAST_RUN <= len(text)


def _neighbours(first: str, second: str) -> bool:
    pair = first + second
    return first == second or any(pair in row or pair[::-1] in row for row in _ROWS)


def _words(names: Iterable[str]) -> list[str]:
    """Give the names in full and each of their parts, the longest first, so that a part does not break a longer one."""
    parts = {_folded(part) for name in names for part in (name, *re.split(r"[\W_]+", name))}
    return sorted((part for part in parts if len(part) >= _LEAST_WORD), key=len, reverse=True)


def _check_context(text: str, *, words: list[str]) -> None:
    rest = text
    for word in words:
        rest = rest.replace(word, "")
    if rest != text and len(rest) < _LEAST_OWN:
        reason = "This is little more than the name of the company, the person, the address or this service."
        raise PasswordRefused(reason, code=_BLOCKED)
