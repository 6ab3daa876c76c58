from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User

from apps.staff.domain import accounts
from apps.staff.errors import NoSuchStaff, StaffExists
from novapulse.errors import Invalid
from tests import staff


def user() -> User:
    return User.objects.get(username=staff.EMAIL)


def test_an_account_has_a_password_and_an_authenticator(db: None) -> None:
    made = accounts.create("Ada@NovaPulse.example")
    read = parse_qs(urlsplit(made.otpauth).query)

    assert made.email == staff.EMAIL
    assert user().check_password(made.password)
    assert (read["issuer"], len(read["secret"][0])) == (["NovaPulse"], 32)
    assert accounts.verify(user(), code=staff.code_of(made))


def test_a_code_opens_once(db: None) -> None:
    code = staff.code_of(accounts.create(staff.EMAIL))

    assert [accounts.verify(user(), code=code) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "٠١٢٣٤٥", "1234567"])
def test_another_code_opens_nothing(db: None, code: str) -> None:
    accounts.create(staff.EMAIL)

    assert not accounts.verify(user(), code=code)


def test_an_address_has_one_account(db: None) -> None:
    accounts.create(staff.EMAIL)

    with pytest.raises(StaffExists):
        accounts.create_reader(staff.EMAIL.upper())


def test_no_address_makes_no_account(db: None) -> None:
    with pytest.raises(Invalid):
        accounts.create("ada")


def test_a_reset_takes_password_and_authenticator_away(db: None) -> None:
    before = accounts.create(staff.EMAIL)
    after = accounts.reset(staff.EMAIL)

    assert not user().check_password(before.password)
    assert user().check_password(after.password)
    assert not accounts.verify(user(), code=staff.code_of(before))


def test_the_list_tells_who_may_what(db: None) -> None:
    accounts.create(staff.EMAIL)
    accounts.create_reader("bob@novapulse.example")
    accounts.create_with_password_alone("demo@novapulse.example")
    accounts.deactivate("bob@novapulse.example")

    assert [(each.email[:4], each.is_active, each.may_act, each.has_second_factor) for each in accounts.accounts()] == [
        ("ada@", True, True, True),
        ("bob@", False, False, True),
        ("demo", True, True, False),
    ]


def test_somebody_unknown_is_not_found(db: None) -> None:
    for work in (accounts.reset, accounts.deactivate, accounts.reactivate):
        with pytest.raises(NoSuchStaff):
            work("nobody@novapulse.example")
