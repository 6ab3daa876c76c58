"""The second factor of a person, enrolled, confirmed, disabled, forgotten."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bson
import pytest
from bson import ObjectId

from apps.auth.documents import Identity
from apps.auth.domain import mfa, sessions, totp
from apps.auth.domain.mfa import Enrolment
from apps.auth.domain.mfa_proofs import Proof
from apps.auth.enums import MembershipKind, Role
from apps.auth.errors import MfaActive, MfaNotActive, OtpRefused, SecondFactorRefused
from tests import people
from tests.api import PASSWORD, Api
from tests.authenticator import Authenticator, enrolled, log_in

if TYPE_CHECKING:
    from pymongo.database import Database


def _id(person: Api) -> ObjectId:
    return ObjectId(person.user["id"])


def _confirmed(identity_id: ObjectId) -> Authenticator:
    authenticator = Authenticator(mfa.enrol(identity_id).secret)
    authenticator.recovery_codes = mfa.confirm(identity_id, otp=authenticator.code(), session_id=ObjectId())
    return authenticator


def test_nothing_is_on_before_a_code_has_confirmed_it(acme: Api, rival: Api) -> None:
    enrolment = mfa.enrol(_id(acme))
    assert not mfa.is_confirmed(_id(acme))
    with pytest.raises(OtpRefused):
        mfa.confirm(_id(acme), otp=Authenticator(enrolment.secret).wrong_code(), session_id=ObjectId())
    assert not mfa.is_confirmed(_id(acme))
    assert len(mfa.confirm(_id(acme), otp=Authenticator(enrolment.secret).code(), session_id=ObjectId())) == 10
    assert mfa.is_confirmed(_id(acme))
    assert not mfa.is_confirmed(_id(rival))


def test_enrolling_again_takes_the_place_of_what_was_not_confirmed(acme: Api) -> None:
    first, second = (Authenticator(mfa.enrol(_id(acme)).secret) for _ in range(2))
    with pytest.raises(OtpRefused):
        mfa.confirm(_id(acme), otp=first.code(), session_id=ObjectId())
    assert mfa.confirm(_id(acme), otp=second.code(), session_id=ObjectId())


def test_enrolling_again_is_refused_while_it_is_on(acme: Api) -> None:
    _confirmed(_id(acme))
    with pytest.raises(MfaActive):
        mfa.enrol(_id(acme))
    with pytest.raises(MfaActive):
        mfa.confirm(_id(acme), otp="123456", session_id=ObjectId())


def test_there_is_nothing_to_confirm_or_disable_at_first(acme: Api) -> None:
    with pytest.raises(MfaNotActive):
        mfa.confirm(_id(acme), otp="123456", session_id=ObjectId())
    with pytest.raises(MfaNotActive):
        mfa.disable(_id(acme), password=PASSWORD, otp="123456")


def test_one_of_many_confirmations_at_once_gets_the_recovery_codes(acme: Api) -> None:
    authenticator = Authenticator(mfa.enrol(_id(acme)).secret)
    code = authenticator.code()

    def confirm(_: int) -> list[str] | None:
        try:
            return mfa.confirm(_id(acme), otp=code, session_id=ObjectId())
        except MfaActive:
            return None

    with ThreadPoolExecutor(8) as threads:
        (codes,) = [shown for shown in threads.map(confirm, range(8)) if shown is not None]
    assert log_in(acme, codes[0]).status_code == 200


def test_a_second_factor_is_missing_where_a_person_lacks_it_and_the_company_requires_it(database: object) -> None:
    home = people.company("acme")
    somebody = people.person(home, role=Role.MEMBER)
    requires, program = replace(home, mfa_required=True), replace(somebody.membership, kind=MembershipKind.SERVICE)
    assert mfa.is_missing(somebody.membership, company=requires)
    assert not mfa.is_missing(somebody.membership, company=home)
    assert not mfa.is_missing(program, company=requires)
    _confirmed(somebody.identity.id)
    assert not mfa.is_missing(somebody.membership, company=requires)


def test_disabling_wants_the_password_and_a_code_and_forgets_everything(
    acme: Api, database: Database[dict[str, Any]]
) -> None:
    authenticator = _confirmed(_id(acme))
    for password, otp in (("not the password at all", authenticator.code(steps=1)), (PASSWORD, authenticator.code())):
        with pytest.raises(SecondFactorRefused):  # the present code has confirmed it, and is used up
            mfa.disable(_id(acme), password=password, otp=otp)
    mfa.disable(_id(acme), password=PASSWORD, otp=authenticator.code(steps=1))
    kept = database["identities"].find_one({"_id": _id(acme)})
    assert kept is not None
    assert not [name for name in kept if name.startswith("mfa")]
    assert log_in(acme).status_code == 200


def test_a_recovery_code_disables_as_well(acme: Api) -> None:
    authenticator = _confirmed(_id(acme))
    mfa.disable(_id(acme), password=PASSWORD, otp=authenticator.recovery_codes[3])
    assert not mfa.is_confirmed(_id(acme))


def test_a_forgotten_second_factor_takes_the_sessions_with_it_and_leaves_others(acme: Api, rival: Api) -> None:
    _confirmed(_id(acme))
    _confirmed(_id(rival))
    mfa.forget(_id(acme))
    assert [mfa.is_confirmed(_id(person)) for person in (acme, rival)] == [False, True]
    assert sessions.count_live(identity_id=_id(acme)) == 0
    assert log_in(acme).status_code == 200
    mfa.forget(_id(acme))  # there is none: nothing ends
    assert sessions.count_live(identity_id=_id(acme)) == 1


def test_another_persons_codes_open_nothing(acme: Api, rival: Api) -> None:
    _, theirs = _confirmed(_id(acme)), _confirmed(_id(rival))
    for otp in (theirs.recovery_codes[0], theirs.code(steps=1)):
        with pytest.raises(SecondFactorRefused):
            mfa.disable(_id(acme), password=PASSWORD, otp=otp)
    assert mfa.is_confirmed(_id(rival))


def test_secret_and_recovery_codes_lie_nowhere_in_the_clear_and_in_no_log(
    acme: Api, database: Database[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    authenticator = enrolled(acme)
    code = authenticator.recovery_codes[0]
    assert [log_in(acme, code).status_code for _ in range(2)] == [200, 401]
    assert log_in(acme, authenticator.code(steps=1)).status_code == 200
    stored = b"".join(bson.encode(each) for name in database.list_collection_names() for each in database[name].find())
    logged = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "auth.recovery_code_used" in logged
    for secret in (authenticator.secret, *authenticator.recovery_codes):
        for spelling in (secret, secret.lower(), secret.replace("-", "")):
            assert spelling.encode() not in stored
            assert spelling not in logged


def test_secrets_do_not_show_when_they_are_printed() -> None:
    assert repr(Enrolment("secret", "otpauth://secret")) == "Enrolment(...)"
    assert repr(Proof({"mfa_recovery_hashes": b"secret"}, {}, "used")) == "Proof(used)"


def test_a_secret_moved_into_another_persons_record_opens_nothing(
    acme: Api, rival: Api, database: Database[dict[str, Any]]
) -> None:
    theirs = _confirmed(_id(rival))
    _confirmed(_id(acme))
    stolen = Identity.collection().find_one({"_id": _id(rival)}, {"mfa_secret": 1})["mfa_secret"]
    database["identities"].update_one({"_id": _id(acme)}, {"$set": {"mfa_secret": stolen}})
    assert log_in(acme, theirs.code(steps=1)).status_code == 401
    assert totp.unseal(stolen, identity_id=_id(rival)) == theirs.secret
