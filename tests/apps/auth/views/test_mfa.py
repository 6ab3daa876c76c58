"""The second factor over HTTP: one's own, and what a company requires."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from apps.auth import conf
from apps.auth.conf import Rate
from apps.auth.domain import password_reset, permissions
from novapulse import clock
from tests.api import PASSWORD, Api
from tests.authenticator import Authenticator, enrolled, log_in, refreshed

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse


def _masked(answer: HttpResponse) -> bytes:
    return answer.content.replace(answer.headers["X-Request-ID"].encode(), b"-")


def _required(owner: Api) -> Api:
    """Have a company require a second factor; give the owner's next tokens, since the old ones have ended."""
    enrolled(owner)
    version = owner.get("/company").json()["version"]
    answer = owner.patch("/company", {"mfa_required": True}, version=version)
    assert (answer.status_code, answer.json()["mfa_required"]) == (200, True)
    return refreshed(owner)


def _invited(owner: Api, email: str) -> str:
    assert owner.post("/invitations", {"email": email, "role": "member"}).status_code == 201
    return mail.outbox[-1].body.split("token=")[1].split()[0]


def test_signing_in_takes_a_code_once_it_is_confirmed(acme: Api, rival: Api) -> None:
    enrolment = acme.post("/auth/mfa:enrol")
    assert (enrolment.status_code, enrolment.headers["Cache-Control"]) == (200, "no-store")
    authenticator = Authenticator(enrolment.json()["secret"])
    assert authenticator.secret in enrolment.json()["otpauth_uri"]
    assert log_in(acme).status_code == 200
    confirmed = acme.post("/auth/mfa:confirm", {"otp": authenticator.code()})
    assert (confirmed.status_code, confirmed.headers["Cache-Control"]) == (200, "no-store")
    assert len(confirmed.json()["recovery_codes"]) == 10
    missing = log_in(acme)
    assert (missing.status_code, missing.json()["code"]) == (401, "otp-required")
    assert log_in(acme, authenticator.code(steps=1)).status_code == 200
    assert log_in(rival).status_code == 200
    assert [person.get("/me").json()["mfa_enabled"] for person in (acme, rival)] == [True, False]


def test_a_wrong_or_used_code_is_answered_like_a_wrong_password(acme: Api, rival: Api) -> None:
    authenticator, theirs = enrolled(acme), enrolled(rival)
    refused = [
        log_in(acme, authenticator.code(steps=1), password="not the password at all"),
        log_in(acme, password="not the password at all"),
        log_in(acme, authenticator.wrong_code()),
        log_in(acme, authenticator.code()),  # it has confirmed the secret
        log_in(acme, theirs.code(steps=1)),
        log_in(acme, theirs.recovery_codes[0]),
        log_in(Api(email="nobody@acme.example"), "123456"),
    ]
    assert {answer.status_code for answer in refused} == {401}
    assert len({_masked(answer) for answer in refused}) == 1
    assert refused[0].json()["code"] == "invalid-credentials"


def test_a_recovery_code_signs_in_once(acme: Api) -> None:
    (code, *_) = enrolled(acme).recovery_codes
    assert [log_in(acme, code.upper().replace("-", " ")).status_code for _ in range(2)] == [200, 401]


@pytest.mark.parametrize(("seconds", "status"), [(-60, 401), (-30, 200), (30, 200), (60, 401)])
def test_a_clock_may_be_one_step_wrong(acme: Api, seconds: int, status: int) -> None:
    with clock.shifted(timedelta(minutes=-5)):
        authenticator = enrolled(acme)
    code = authenticator.code()
    with clock.shifted(timedelta(seconds=seconds)):
        assert log_in(acme, code).status_code == status


def test_of_several_sign_ins_at_once_with_one_code_one_wins(acme: Api) -> None:
    code = enrolled(acme).code(steps=1)
    with ThreadPoolExecutor(5) as threads:
        codes = [answer.status_code for answer in threads.map(lambda _: log_in(acme, code), range(5))]
    assert sorted(codes) == [200, 401, 401, 401, 401]


def test_choosing_a_company_leaves_the_code_to_be_used(acme: Api, rival: Api) -> None:
    authenticator = enrolled(acme)
    body = {"token": _invited(rival, acme.email), "password": PASSWORD, "otp": authenticator.recovery_codes[0]}
    assert Api().post("/invitations:accept", body).status_code == 200
    code = authenticator.code(steps=1)
    choice = log_in(acme, code)
    assert (choice.status_code, choice.json()["code"]) == (409, "company-choice")
    assert log_in(acme).json()["code"] == "otp-required"  # which companies there are is told to nobody without a code
    assert log_in(acme, code, company_slug="rival").status_code == 200
    assert log_in(acme, code).status_code == 401  # nor to whoever has a code that was used


def test_guessing_codes_ends_in_the_lock_of_the_sign_in(acme: Api, limits: None) -> None:
    authenticator = enrolled(acme)
    codes = [log_in(acme, authenticator.wrong_code()).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2


def test_guessing_from_many_addresses_is_no_way_around(
    acme: Api, limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "LOGIN_BY_ACCOUNT", Rate(1000, 60))  # as if each try came from elsewhere
    monkeypatch.setattr(conf, "LOGIN_BY_ADDRESS", Rate(1000, 60))
    authenticator = enrolled(acme)
    wrong = [log_in(acme, authenticator.wrong_code()) for _ in range(conf.OTP_TRIES)]
    right = log_in(acme, authenticator.code(steps=1))
    assert {_masked(answer) for answer in (*wrong, right)} == {_masked(right)}
    assert right.status_code == 401


@pytest.mark.parametrize(
    ("route", "body"),
    [("/auth/mfa:confirm", {"otp": "123456"}), ("/auth/mfa:disable", {"otp": "123456", "password": PASSWORD})],
)
def test_confirming_and_disabling_are_limited(acme: Api, rival: Api, limits: None, route: str, body: object) -> None:
    assert [acme.post(route, body).status_code for _ in range(12)] == [409] * 10 + [429] * 2
    assert rival.post(route, body).status_code == 409


def test_disabling_wants_the_password_and_a_code(acme: Api) -> None:
    authenticator = enrolled(acme)
    assert acme.post("/auth/mfa:enrol").json()["code"] == "mfa-active"
    for body in ({"password": "not the password at all", "otp": authenticator.code(steps=1)}, {"otp": "123456"}, {}):
        assert acme.post("/auth/mfa:disable", body).status_code == 400
    refused = acme.post("/auth/mfa:disable", {"password": PASSWORD, "otp": authenticator.wrong_code()})
    assert (refused.status_code, refused.json()["code"]) == (400, "second-factor-refused")
    answer = acme.post("/auth/mfa:disable", {"password": PASSWORD, "otp": authenticator.code(steps=1)})
    assert (answer.status_code, answer.content) == (204, b"")
    assert log_in(acme).status_code == 200
    assert acme.post("/auth/mfa:enrol").status_code == 200


def test_nobody_requires_a_second_factor_who_has_none(acme: Api) -> None:
    answer = acme.patch("/company", {"mfa_required": True}, version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "second-factor-missing")
    assert answer.json()["errors"][0]["pointer"] == "/mfa_required"
    assert acme.get("/company").json()["mfa_required"] is False


@pytest.mark.parametrize("value", ["true", 1, None, []])
def test_requiring_is_true_or_false(acme: Api, value: object) -> None:
    assert acme.patch("/company", {"mfa_required": value}, version=1).status_code == 400


def test_requiring_it_ends_the_access_tokens_of_the_company_and_of_no_other(
    acme: Api, rival: Api, new_member: Callable[..., Api]
) -> None:
    member = new_member(acme, "member")
    owner = _required(acme)
    assert [person.get("/tasks").status_code for person in (acme, member, rival, owner)] == [401, 401, 200, 200]


def test_a_member_without_one_gets_a_token_for_enrolling_and_then_a_whole_one(
    acme: Api, new_member: Callable[..., Api]
) -> None:
    member = new_member(acme, "member")
    _required(acme)
    answer = Api().post("/auth/refresh", {"refresh_token": member.refresh_token}).json()
    assert answer["scope"].split() == sorted(permissions.WITHOUT_MFA)
    member = Api(answer["access_token"], answer["refresh_token"], member.email, member.company, member.user)
    refused = member.get("/tasks")
    assert (refused.status_code, refused.json()["code"]) == (403, "mfa-required")
    assert member.get("/me").status_code == 200
    authenticator = enrolled(member)
    assert member.get("/tasks").status_code == 403  # this token stays what it is
    whole = refreshed(member)
    assert whole.get("/tasks").status_code == 200
    signed_in = log_in(member, authenticator.code(steps=1))
    assert "scope" not in signed_in.json()


def test_a_session_of_the_password_alone_ends_when_its_owner_confirms_elsewhere(
    acme: Api, rival: Api, new_member: Callable[..., Api]
) -> None:
    """Else a thief of the password would wait until the owner has a second factor, and refresh to a whole token."""
    member = new_member(acme, "member")
    _required(acme)
    answer = log_in(member).json()
    thief, member = Api(answer["access_token"], answer["refresh_token"]), refreshed(member)
    enrolled(member)
    assert [each.get("/me").status_code for each in (thief, member, rival)] == [401, 200, 200]
    refused = Api().post("/auth/refresh", {"refresh_token": thief.refresh_token})
    assert (refused.status_code, refreshed(member).get("/tasks").status_code) == (401, 200)


def test_signing_in_and_accepting_give_no_more_than_a_refresh(acme: Api, new_member: Callable[..., Api]) -> None:
    member = new_member(acme, "member")
    owner = _required(acme)
    token = _invited(owner, "new@acme.example")
    joined = Api().post("/invitations:accept", {"token": token, "name": "New", "password": PASSWORD}).json()
    for answer in (log_in(member).json(), joined):
        refused = Api(answer["access_token"]).get("/tasks")
        assert (refused.status_code, refused.json()["code"]) == (403, "mfa-required")
        assert Api(answer["access_token"]).post("/auth/logout").status_code == 204


def test_switching_narrows_where_the_other_company_requires_it_and_widens_where_it_does_not(
    acme: Api, rival: Api
) -> None:
    member = Api(email="both@rival.example")
    for owner, body in ((rival, {"name": "Both"}), (acme, {})):
        token = _invited(owner, member.email)
        answer = Api().post("/invitations:accept", {"token": token, "password": PASSWORD, **body}).json()
    in_acme = Api(answer["access_token"])
    in_rival = Api(in_acme.post("/auth/switch", {"company_slug": "rival"}).json()["access_token"])
    _required(acme)
    narrowed = Api(in_rival.post("/auth/switch", {"company_slug": "acme"}).json()["access_token"])
    assert (in_rival.get("/tasks").status_code, narrowed.get("/tasks").json()["code"]) == (200, "mfa-required")
    back = Api(narrowed.post("/auth/switch", {"company_slug": "rival"}).json()["access_token"])
    assert back.get("/tasks").status_code == 200


def test_nobody_disables_what_a_company_of_theirs_requires(acme: Api, rival: Api) -> None:
    codes = enrolled(rival).recovery_codes
    body = {"token": _invited(_required(acme), rival.email), "password": PASSWORD, "otp": codes[0]}
    in_acme = Api(Api().post("/invitations:accept", body).json()["access_token"])
    in_rival = Api(log_in(rival, codes[1], company_slug="rival").json()["access_token"])
    for person in (in_acme, in_rival):
        refused = person.post("/auth/mfa:disable", {"password": PASSWORD, "otp": codes[2]})
        assert (refused.status_code, refused.json()["code"]) == (409, "company-requires-mfa")
        assert "Acme" in refused.json()["detail"]
    assert in_acme.delete(f"/members/{in_acme.get('/me').json()['membership_id']}").status_code == 204
    assert in_rival.post("/auth/mfa:disable", {"password": PASSWORD, "otp": codes[2]}).status_code == 204


def test_an_api_key_is_no_way_around_what_a_company_requires(
    acme: Api, rival: Api, new_member: Callable[..., Api]
) -> None:
    body = {"name": "Some key", "expires_at": (clock.now() + timedelta(days=1)).isoformat()}
    members = [new_member(acme, role) for role in ("member", "viewer")]
    lacking, having, others = (Api(each.post("/api-keys", body).json()["key"]) for each in (*members, rival))
    enrolled(members[1])
    assert [key.get("/tasks").status_code for key in (lacking, having, others)] == [200] * 3
    _required(acme)
    assert [key.get("/tasks").status_code for key in (lacking, having, others)] == [403, 200, 200]
    assert lacking.get("/me").status_code == 200


def test_lifting_the_requirement_gives_whole_tokens_again(acme: Api, new_member: Callable[..., Api]) -> None:
    member = new_member(acme, "member")
    owner = _required(acme)
    member = refreshed(member)
    version = owner.get("/company").json()["version"]
    assert owner.patch("/company", {"mfa_required": False}, version=version).status_code == 200
    assert refreshed(member).get("/tasks").status_code == 200


def test_a_new_password_leaves_the_second_factor_as_it_is(acme: Api) -> None:
    authenticator = enrolled(acme)
    body = {"current_password": PASSWORD, "new_password": "a slow tide over seven stones"}
    changed = acme.post("/auth/password:change", body)
    assert changed.status_code == 200
    assert log_in(acme, password=body["new_password"]).json()["code"] == "otp-required"
    _reset(acme.email, password="an old tower beside nine wells")
    assert log_in(acme, password="an old tower beside nine wells").json()["code"] == "otp-required"
    assert log_in(acme, authenticator.code(steps=1), password="an old tower beside nine wells").status_code == 200


def _reset(email: str, *, password: str) -> None:
    mail.outbox.clear()
    assert Api().post("/auth/password:forgot", {"email": email}).status_code == 204
    assert password_reset.room.drain(seconds=10)
    token = mail.outbox[-1].body.split("token=")[1].split()[0]
    assert Api().post("/auth/password:reset", {"token": token, "new_password": password}).status_code == 204


@pytest.mark.parametrize("verified", [True, False])
def test_an_invitation_is_no_way_around_the_second_factor(acme: Api, rival: Api, *, verified: bool) -> None:
    person = acme
    if verified:
        token = _invited(acme, "some@acme.example")
        answer = Api().post("/invitations:accept", {"token": token, "name": "Some", "password": PASSWORD}).json()
        person = Api(answer["access_token"], answer["refresh_token"], "some@acme.example")
    authenticator = enrolled(person)
    body = {"token": _invited(rival, person.email), "password": PASSWORD}
    codes = [Api().post("/invitations:accept", {**body, **otp}).json()["code"] for otp in ({}, {"otp": "abcd" * 4})]
    assert codes == ["otp-required", "invalid-credentials"]
    accepted = Api().post("/invitations:accept", {**body, "otp": authenticator.code(steps=1)})
    assert accepted.status_code == 200
    again = Api(email=person.email)
    assert log_in(again, authenticator.code(steps=1), company_slug="rival").status_code == 401
    assert log_in(again, authenticator.recovery_codes[0], company_slug="rival").status_code == 200
