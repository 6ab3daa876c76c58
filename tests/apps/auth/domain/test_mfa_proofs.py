"""Proving the second factor: each code once, and not by guessing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from bson import ObjectId
from django.test import override_settings

from apps.auth import conf
from apps.auth.domain import identities, mfa, mfa_proofs
from apps.auth.errors import InvalidCredentials, OtpRequired
from novapulse import clock
from novapulse.data import transaction
from tests.authenticator import Authenticator

if TYPE_CHECKING:
    from tests.api import Api


@pytest.fixture
def authenticator(acme: Api) -> Authenticator:
    """Turn the second factor of acme's owner on."""
    made = Authenticator(mfa.enrol(_id(acme)).secret)
    made.recovery_codes = mfa.confirm(_id(acme), otp=made.code(), session_id=ObjectId())
    return made


def _id(person: Api) -> ObjectId:
    return ObjectId(person.user["id"])


def _used(person: Api, otp: str) -> bool:
    """Tell whether a code is taken, as a sign-in takes it."""
    try:
        proof = mfa_proofs.asked_of(identities.identity(_id(person)), otp=otp)
        transaction.run(partial(mfa_proofs.spend, _id(person), proof=proof))
    except InvalidCredentials:
        return False
    return True


def test_nobody_is_asked_who_has_no_second_factor(acme: Api) -> None:
    assert mfa_proofs.asked_of(identities.identity(_id(acme)), otp=None) is None
    assert mfa_proofs.asked_of(identities.identity(_id(acme)), otp="123456") is None


def test_whoever_has_one_must_show_it(acme: Api, authenticator: Authenticator) -> None:
    with pytest.raises(OtpRequired):
        mfa_proofs.asked_of(identities.identity(_id(acme)), otp=None)
    assert not _used(acme, authenticator.wrong_code())
    assert _used(acme, authenticator.code(steps=1))


def test_a_code_is_taken_once(acme: Api, authenticator: Authenticator) -> None:
    assert not _used(acme, authenticator.code())  # it has confirmed the secret
    code = authenticator.code(steps=1)
    assert [_used(acme, code) for _ in range(2)] == [True, False]
    with clock.shifted(timedelta(seconds=30)):
        assert not _used(acme, code)
        assert _used(acme, authenticator.code(steps=1))
        assert not _used(acme, authenticator.code())  # older than the last one that was used


def test_each_recovery_code_is_taken_once(acme: Api, authenticator: Authenticator) -> None:
    for code in authenticator.recovery_codes:
        assert [_used(acme, code.upper()), _used(acme, code)] == [True, False]


@pytest.mark.parametrize("kind", ["authenticator", "recovery"])
def test_of_many_at_once_with_one_code_one_wins(acme: Api, authenticator: Authenticator, kind: str) -> None:
    for trial in range(5):
        with clock.shifted(timedelta(seconds=30 * trial)), ThreadPoolExecutor(8) as threads:
            code = authenticator.code(steps=1) if kind == "authenticator" else authenticator.recovery_codes[trial]
            assert sum(threads.map(partial(_used, acme), [code] * 8)) == 1


def test_a_code_is_as_good_as_before_when_the_sign_in_fails_otherwise(acme: Api, authenticator: Authenticator) -> None:
    code = authenticator.code(steps=1)

    def fail() -> None:
        mfa_proofs.spend(_id(acme), proof=mfa_proofs.proof_of(_id(acme), otp=code))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transaction.run(fail)
    assert _used(acme, code)


def test_a_right_code_is_refused_after_too_many_wrong_ones_until_the_window_is_over(
    acme: Api, authenticator: Authenticator
) -> None:
    wrong = authenticator.wrong_code()
    assert not any(_used(acme, wrong) for _ in range(conf.OTP_TRIES))
    assert not _used(acme, authenticator.code(steps=1))
    with clock.shifted(conf.OTP_TRIES_WINDOW - timedelta(minutes=1)):
        assert not _used(acme, authenticator.code(steps=1))
    with clock.shifted(conf.OTP_TRIES_WINDOW):
        assert _used(acme, authenticator.code(steps=1))


def test_a_recovery_code_opens_though_somebody_has_used_up_the_tries(acme: Api, authenticator: Authenticator) -> None:
    assert not any(_used(acme, authenticator.wrong_code()) for _ in range(conf.OTP_TRIES + 1))
    assert _used(acme, authenticator.recovery_codes[0])
    assert _used(acme, authenticator.code(steps=1))  # and whoever is in starts anew


def test_fifty_guesses_at_once_are_ten(
    acme: Api, authenticator: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(mfa_proofs.totp, "step_of", lambda code, **_: looked_at.append(code))
    with ThreadPoolExecutor(25) as threads:
        assert not any(threads.map(partial(_used, acme), [authenticator.wrong_code()] * 50))
    assert len(looked_at) == conf.OTP_TRIES


def test_tries_of_one_person_are_not_anothers(acme: Api, rival: Api, authenticator: Authenticator) -> None:
    theirs = Authenticator(mfa.enrol(_id(rival)).secret)
    mfa.confirm(_id(rival), otp=theirs.code(), session_id=ObjectId())
    assert not any(_used(acme, authenticator.wrong_code()) for _ in range(conf.OTP_TRIES + 1))
    assert _used(rival, theirs.code(steps=1))


def test_after_another_master_key_codes_are_refused_and_it_is_logged_why(
    acme: Api, authenticator: Authenticator, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(MASTER_KEY="another master key, of another house"):
        assert not _used(acme, authenticator.code(steps=1))
        assert not _used(acme, authenticator.recovery_codes[0])
    assert "auth.second_factor_sealed_otherwise" in caplog.text
