"""Who operates the service: whoever shows OPERATOR_TOKEN, which opens what tells of our insides and nothing else."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from django.conf import settings

from novapulse.errors import InvalidToken, Unauthenticated

if TYPE_CHECKING:
    from django.http import HttpRequest

_BEARER: Final = "Bearer "


def refuse_others(request: HttpRequest) -> None:
    """Let only operators pass; closed to everybody where no token is set.

    Raises Unauthenticated where no credential is shown, InvalidToken where it is another one.
    """
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        raise Unauthenticated
    if not is_operator(header):
        raise InvalidToken


def is_operator(header: str) -> bool:
    """Tell whether this is the value of an operator's Authorization, in a time that tells nothing."""
    expected = f"{_BEARER}{settings.OPERATOR_TOKEN}".encode()
    return hmac.compare_digest(header.encode(errors="replace"), expected) and bool(settings.OPERATOR_TOKEN)
