"""How much time a request has."""

from __future__ import annotations

import re
from typing import Final

from novapulse.errors import FieldError, Invalid

HEADER: Final = "X-Request-Timeout-Ms"

_WELL_FORMED: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_MILLISECONDS: Final = 1000


def seconds(asked: str | None, *, longest: float) -> float:
    """Give the budget of a request: what its header asks for, which can only shorten `longest`.

    Raises Invalid where the header is not a whole number of milliseconds from 1 to 999999999: whoever mistypes it would
    wait longer than they meant to.
    """
    if asked is None:
        return longest
    if _WELL_FORMED.fullmatch(asked) is None:
        raise Invalid(fields=(FieldError(HEADER, "invalid", "A whole number of milliseconds, from 1 to 999999999."),))
    return min(longest, int(asked) / _MILLISECONDS)
