"""`manage.py seed_demo`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings


@pytest.mark.usefixtures("database")
def test_sign_in_is_printed_once_and_kept_for_its_owner_alone(settings: Settings, tmp_path: Path) -> None:
    settings.LOCAL_DIR = tmp_path
    first, second = io.StringIO(), io.StringIO()

    call_command("seed_demo", stdout=first)
    call_command("seed_demo", stdout=second)

    kept = tmp_path / "demo-sign-in.txt"
    assert first.getvalue().startswith("Demo company: slug demo, e-mail demo@demo.example, password ")
    assert str(kept) in second.getvalue()
    assert "password" not in second.getvalue()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_command_ends_with_one_sentence_when_mongodb_is_away(no_mongodb: None) -> None:
    with pytest.raises(CommandError, match=r"^The database does not answer"):
        call_command("seed_demo")
