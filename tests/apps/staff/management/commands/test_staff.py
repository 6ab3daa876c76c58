"""`manage.py staff`."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from apps.staff import conf
from apps.staff.domain import accounts, lockout
from apps.staff.domain.accounts import SignIn
from tests import staff

if TYPE_CHECKING:
    from pathlib import Path

EMAIL = staff.EMAIL


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("staff", *arguments, stdout=out)
    return out.getvalue()


def test_what_it_makes_signs_in(db: None) -> None:
    made = SignIn(**json.loads(run("create", EMAIL, "--json")))

    assert staff.signed_in(made).get("/admin/").status_code == 200


def test_what_an_authenticator_scans_is_drawn_and_written_out(db: None) -> None:
    text = run("create", EMAIL)

    assert "█" in text
    assert "otpauth://totp/NovaPulse:ada%40novapulse.example?secret=" in text
    assert f"E-mail {EMAIL}, password " in text


def test_the_account_of_a_local_run_is_made_once(db: None, settings: Any, tmp_path: Path) -> None:
    settings.LOCAL_DIR = tmp_path
    first, second = run("demo"), run("demo")
    kept = tmp_path / "demo-staff-sign-in.txt"

    assert "/admin/, e-mail staff@demo.example, password " in first
    assert str(kept) in second
    assert "password" not in second
    assert kept.stat().st_mode & 0o777 == 0o600


def test_no_account_is_made_that_cannot_be_recorded(db: None, no_mongodb: None, settings: Any, tmp_path: Path) -> None:
    settings.LOCAL_DIR = tmp_path
    for given in (("demo",), ("create", EMAIL)):
        with pytest.raises(CommandError):
            run(*given)

    assert accounts.accounts() == []


def test_there_is_no_account_with_a_password_alone_where_a_second_factor_is_required(db: None, settings: Any) -> None:
    settings.ADMIN_REQUIRES_SECOND_FACTOR = True

    with pytest.raises(CommandError, match="a second factor is required"):
        run("demo")


def test_accounts_are_listed_without_secrets(db: None) -> None:
    password = json.loads(run("create", EMAIL, "--reader", "--json"))["password"]
    listed, told = run("list"), json.loads(run("list", "--json"))

    assert EMAIL in listed
    assert "look" in listed
    assert password not in listed
    assert [(each["email"], each["may_act"]) for each in told] == [(EMAIL, False)]


def test_an_account_is_shut_out_let_in_reset_and_unlocked(db: None) -> None:
    run("create", EMAIL)
    assert "is shut out" in run("deactivate", EMAIL)
    assert "may sign in again" in run("reactivate", EMAIL)
    assert "otpauth://" in run("reset", EMAIL)
    for _ in range(conf.TRIES_OF_ACCOUNT):
        lockout.spend(account=EMAIL, address="192.0.2.1")
    assert "may try again" in run("unlock", EMAIL)
    assert "nothing was changed" in run("unlock", EMAIL)


def test_an_account_that_is_not_there_ends_with_one_sentence(db: None) -> None:
    with pytest.raises(CommandError, match=r"^There is no member of staff with the address nobody@example\.com\.$"):
        run("reset", "nobody@example.com")


def test_a_dry_run_tells_whom_it_is_about_and_changes_nothing(db: None) -> None:
    run("create", EMAIL)
    before = accounts.accounts()

    assert run("deactivate", EMAIL, "--dry-run") == f"{EMAIL} would be shut out; nothing was changed.\n"
    assert json.loads(run("reset", EMAIL, "--dry-run", "--json")) == {"email": EMAIL, "changed": False}
    assert accounts.accounts() == before
    with pytest.raises(CommandError, match="There is no member of staff"):
        run("deactivate", "nobody@novapulse.example", "--dry-run")
