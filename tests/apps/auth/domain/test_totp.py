"""Codes of an authenticator."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from bson import ObjectId
from cryptography.exceptions import InvalidTag

from apps.auth.domain import totp
from novapulse import clock
from tests.authenticator import Authenticator

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
NEVER = totp.BEFORE_ANY_STEP


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "epoch_seconds", lambda: seconds)  # RFC 6238, appendix B, the last six digits
    assert totp.step_of(code, secret=RFC_SECRET, after=NEVER) == seconds // 30


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_wrong_and_no_more(steps: int, *, accepted: bool) -> None:
    authenticator = Authenticator(totp.new_secret())
    code = authenticator.code()
    with clock.shifted(timedelta(seconds=30 * -steps)):
        step = totp.step_of(code, secret=authenticator.secret, after=NEVER)
    assert (step is not None) is accepted


def test_no_step_up_to_the_last_that_was_used_is_accepted() -> None:
    authenticator = Authenticator(totp.new_secret())
    code, before = authenticator.code(), authenticator.code(steps=-1)
    used = totp.step_of(code, secret=authenticator.secret, after=NEVER)
    assert used is not None
    assert totp.step_of(code, secret=authenticator.secret, after=used) is None
    assert totp.step_of(before, secret=authenticator.secret, after=used) is None
    assert totp.step_of(authenticator.code(steps=1), secret=authenticator.secret, after=used) == used + 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666"])
def test_what_is_no_code_is_of_no_step(code: str) -> None:
    assert totp.step_of(code, secret=totp.new_secret(), after=NEVER) is None


def test_secrets_have_160_bits_and_differ() -> None:
    secrets = {totp.new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


def test_the_address_is_what_authenticators_read() -> None:
    address = urlsplit(totp.uri("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", email="a+b@acme.example"))
    assert (address.scheme, address.netloc, address.path) == ("otpauth", "totp", "/NovaPulse:a%2Bb%40acme.example")
    assert parse_qs(address.query) == {"secret": ["ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"], "issuer": ["NovaPulse"]}


def test_a_sealed_secret_opens_for_its_owner_alone() -> None:
    mine, theirs, secret = ObjectId(), ObjectId(), totp.new_secret()
    sealed = totp.seal(secret, identity_id=mine)
    assert secret.encode() not in sealed
    assert totp.unseal(sealed, identity_id=mine) == secret
    with pytest.raises(InvalidTag):
        totp.unseal(sealed, identity_id=theirs)
