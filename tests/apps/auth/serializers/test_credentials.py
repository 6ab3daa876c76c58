"""The fields that sign-in routes share."""

from __future__ import annotations

import pytest
from rest_framework.serializers import ValidationError

from apps.auth.serializers.credentials import AuthenticatorCode, Email, NewPassword, OneTimeCode, Password, Slug


@pytest.mark.parametrize(
    "value", ["a@b.example", " a@b.example ", "o'neil+x@sub.b.example", "A@B.Example", "a@xn--bcher-kva.example"]
)
def test_address_is_taken_as_it_is_written(value: str) -> None:
    assert Email().run_validation(value) == value.strip()


@pytest.mark.parametrize(
    "value",
    [
        *("", "a", "a@", "@b.example", "a b@b.example", "a@b", "a@b.example\nBcc: c@d.example", 5, True, None, [], {}),
        *("robot@service-accounts.invalid", "robot@Service-Accounts.Invalid"),
    ],
)
def test_address_is_refused_when_no_mail_would_reach_it(value: object) -> None:
    with pytest.raises(ValidationError):
        Email().run_validation(value)


@pytest.mark.parametrize(
    "value",
    ["\u017fam@b.example", "\u212aim@b.example", "a@\u017fam.example", "a@\u212aim.example", "a@stra\xdfe.example"],
)
def test_address_is_refused_when_it_looks_like_another(value: str) -> None:
    with pytest.raises(ValidationError):
        Email().run_validation(value)


@pytest.mark.parametrize("value", ['"a"@b.example', '"a b"@b.example', '""@b.example', '"a@c.example"@b.example'])
def test_address_is_refused_when_it_is_quoted(value: str) -> None:
    with pytest.raises(ValidationError):
        Email().run_validation(value)


@pytest.mark.parametrize("field", [NewPassword(), Password()])
def test_password_keeps_its_spaces(field: Password) -> None:
    assert field.run_validation("  a b  ") == "  a b  "


@pytest.mark.parametrize("value", [5, None, [], {"$ne": ""}, "", "nul\x00", "x" * 257])
def test_password_is_refused_when_it_can_be_none(value: object) -> None:
    with pytest.raises(ValidationError):
        Password().run_validation(value)


@pytest.mark.parametrize("value", ["ab", "a1", "acme-rockets", "a--b", "a" * 40])
def test_slug_is_taken(value: str) -> None:
    assert Slug().run_validation(value) == value


@pytest.mark.parametrize("value", ["a", "-a", "a-", "Acme", "a_b", "a b", "ä1", "a" * 41, "ab\u0661", 12])
def test_slug_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Slug().run_validation(value)


@pytest.mark.parametrize("field", [AuthenticatorCode(), OneTimeCode()])
def test_code_is_six_digits(field: AuthenticatorCode) -> None:
    assert field.run_validation(" 123456 ") == "123456"
    for value in ("12345", "1234567", "12345a", "\u0661\u0662\u0663\u0664\u0665\u0666", 123456, None, ["123456"]):
        with pytest.raises(ValidationError):
            field.run_validation(value)


def test_code_may_be_a_recovery_code_where_it_is_said() -> None:
    for value in ("abcd-efgh-jkmn-pqrs", "ABCD EFGH JKMN PQRS", "abcdefghjkmnpqrs", "0123456789012345"):
        assert OneTimeCode().run_validation(value) == value
        with pytest.raises(ValidationError):
            AuthenticatorCode().run_validation(value)
    for value in ("abcd-efgh-jkmn", "abcd--efgh-jkmn-pqrs", "abcd-efgh-jkmn-pqr\xe9", "abcd-efgh-jkmn-pqrs-tvwx"):
        with pytest.raises(ValidationError):
            OneTimeCode().run_validation(value)
