"""What this process can open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from novapulse import environ
from novapulse.vault import key_file
from novapulse.vault.aws import Aws
from novapulse.vault.errors import Unreadable
from tests import faults, receivers, vaults

if TYPE_CHECKING:
    from pathlib import Path


def test_every_form_that_is_known_is_opened(tmp_path: Path) -> None:
    key_file.made(tmp_path / "key")
    vault = vaults.vault(key_file=str(tmp_path / "key"))
    given = [
        vault.encrypted_by_kms("X", "by kms", key_id=vaults.kms_key()),
        vault.encrypted_by_file("X", "by the file"),
        vaults.parameter("of ssm"),
        vaults.secret("of the manager"),
    ]

    assert [vault.value("X", each) for each in given] == ["by kms", "by the file", "of ssm", "of the manager"]
    assert tuple(vault._readers) == environ.FORMS


def test_a_value_is_fetched_once() -> None:
    vault = vaults.vault()
    given = vault.encrypted_by_kms("X", "by kms", key_id=vaults.kms_key())
    vault.value("X", given)
    with receivers.receiver(receivers.says(500)) as there:
        vault._aws = Aws(vaults.options(endpoint=there.url))
        again = vault.value("X", given)

    assert (again, there.requests) == ("by kms", [])


def test_what_one_variable_has_opened_another_one_has_not() -> None:
    vault = vaults.vault()
    given = vault.encrypted_by_kms("X", "by kms", key_id=vaults.kms_key())
    vault.value("X", given)

    with pytest.raises(Unreadable, match="Y cannot be read"):
        vault.value("Y", given)
    with pytest.raises(Unreadable, match="ENVIRONMENT=production"):
        vaults.vault(environment="production").value("X", given)


def test_a_sealed_value_needs_no_aws(tmp_path: Path) -> None:
    key_file.made(tmp_path / "key")
    nowhere = Aws(vaults.options(endpoint=f"http://127.0.0.1:{faults.refusing_port()}"))
    vault = vaults.vault(key_file=str(tmp_path / "key"), aws=nowhere)

    assert vault.value("X", vault.encrypted_by_file("X", "v")) == "v"


def test_another_key_file_opens_what_it_has_sealed(tmp_path: Path) -> None:
    for name in ("old", "new"):
        key_file.made(tmp_path / name)
    old = vaults.vault(key_file=str(tmp_path / "old"))
    fresh = old.with_key_file(str(tmp_path / "new"))

    assert (fresh.environment, fresh.key_file) == (old.environment, str(tmp_path / "new"))
    assert fresh.value("X", fresh.encrypted_by_file("X", "v")) == "v"
    with pytest.raises(Unreadable):
        old.value("X", fresh.encrypted_by_file("X", "v"))


def test_a_vault_shows_nothing_of_what_is_in_it(tmp_path: Path) -> None:
    vault = vaults.vault()
    vault.value("X", vaults.secret("the canary"))

    assert "canary" not in repr(vault)
