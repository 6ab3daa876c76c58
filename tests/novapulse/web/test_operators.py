"""Who operates the service."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from novapulse.errors import InvalidToken, Unauthenticated
from novapulse.web import operators

TOKEN = "an operator's token, as long as it takes"


def asked(header: str | None) -> Any:
    return RequestFactory().get("/metrics", **({} if header is None else {"HTTP_AUTHORIZATION": header}))


def test_who_shows_the_token_passes(settings: Any) -> None:
    settings.OPERATOR_TOKEN = TOKEN

    operators.refuse_others(asked(f"Bearer {TOKEN}"))


@pytest.mark.parametrize("header", ["Bearer another", f"Basic {TOKEN}", TOKEN, "Bearer ", "Bearer \udcff"])
def test_who_shows_something_else_does_not(settings: Any, header: str) -> None:
    settings.OPERATOR_TOKEN = TOKEN
    with pytest.raises(InvalidToken):
        operators.refuse_others(asked(header))


def test_without_a_token_nobody_passes(settings: Any) -> None:
    settings.OPERATOR_TOKEN = ""
    for header in ("Bearer ", "Bearer"):
        with pytest.raises(InvalidToken):
            operators.refuse_others(asked(header))
    with pytest.raises(Unauthenticated):
        operators.refuse_others(asked(None))
