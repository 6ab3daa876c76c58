"""Values of settings, encrypted and decrypted for operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import PyMongoError

from apps.operations.domain import encrypted_settings
from novapulse.errors import Invalid, NotFound
from novapulse.vault import key_file
from novapulse.vault.errors import Unreadable
from tests import vaults
from tests.audited import Audited

if TYPE_CHECKING:
    from pathlib import Path

    from pymongo.database import Database

    from novapulse.vault.vault import Vault


@pytest.fixture
def vault(settings: Any, tmp_path: Path) -> Vault:
    key_file.made(tmp_path / "old-key")
    settings.VAULT = vaults.vault(key_file=str(tmp_path / "old-key"))
    return settings.VAULT


@pytest.fixture
def file(vault: Vault, tmp_path: Path) -> Path:
    """Give a file of variables: one value by KMS, one by the key file."""
    by_kms = vault.encrypted_by_kms("MASTER_KEY", "the master key", key_id=vaults.kms_key())
    sealed = vault.encrypted_by_file("OPERATOR_TOKEN", "the token")
    lines = (
        "# ours",
        f"MASTER_KEY={by_kms}",
        f'OPERATOR_TOKEN="{sealed}"',
        f"SECRETS_KEY_FILE={vault.key_file}",
        "X=y",
    )
    (tmp_path / "env").write_text("\n".join((*lines, "X=y")), encoding="utf-8")
    return tmp_path / "env"


@pytest.fixture
def new_key(tmp_path: Path) -> str:
    key_file.made(tmp_path / "new-key")
    return str(tmp_path / "new-key")


@pytest.fixture
def audited(database: Database[dict[str, Any]]) -> Audited:
    return Audited(database)


def values_in(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def test_a_value_is_encrypted_by_kms_or_by_the_key_file(vault: Vault) -> None:
    by_kms = encrypted_settings.encrypted("MASTER_KEY", "v", kms_key=vaults.kms_key())
    sealed = encrypted_settings.encrypted("MASTER_KEY", "w")

    assert (by_kms[:4], sealed[:7]) == ("kms:", "sealed:")
    assert (vault.value("MASTER_KEY", by_kms), vault.value("MASTER_KEY", sealed)) == ("v", "w")
    assert (encrypted_settings.environment(), encrypted_settings.has_key_file()) == (vaults.ENVIRONMENT, True)


def test_no_value_and_a_variable_that_nobody_reads_are_refused(vault: Vault) -> None:
    with pytest.raises(NotFound, match="MASTER_KAY is no variable of ours"):
        encrypted_settings.encrypted("MASTER_KAY", "v")
    with pytest.raises(Invalid, match="no value to encrypt for MASTER_KEY"):
        encrypted_settings.encrypted("MASTER_KEY", "")


def test_what_is_decrypted_is_recorded_first(vault: Vault, audited: Audited) -> None:
    value = encrypted_settings.decrypted("MASTER_KEY", vault.encrypted_by_file("MASTER_KEY", "v"))
    with pytest.raises(Unreadable):
        encrypted_settings.decrypted("OPERATOR_TOKEN", "sealed:AAAA")
    told = [(each["action"], each["target"]) for each in audited.told()]

    assert value == "v"
    assert told == [("setting.decrypted", {"type": "setting", "id": name}) for name in ("MASTER_KEY", "OPERATOR_TOKEN")]


def test_nothing_is_decrypted_that_cannot_be_recorded(vault: Vault, no_mongodb: None) -> None:
    given = vault.encrypted_by_file("MASTER_KEY", "v")

    with pytest.raises(PyMongoError):
        encrypted_settings.decrypted("MASTER_KEY", given)
    assert ("MASTER_KEY", given) not in vault._found


def test_a_plain_value_is_not_decrypted_and_not_quoted(vault: Vault) -> None:
    with pytest.raises(Invalid, match="MASTER_KEY is not encrypted") as refused:
        encrypted_settings.decrypted("MASTER_KEY", "the canary")

    assert "canary" not in str(refused.value)


def test_a_rotation_encrypts_all_anew_and_keeps_what_they_are(
    vault: Vault, file: Path, new_key: str, audited: Audited
) -> None:
    before, other_key = values_in(file), vaults.aws().kms.create_key()["KeyMetadata"]["Arn"]
    found = encrypted_settings.rotate(file, kms_key=other_key, new_key_file=new_key)
    after, fresh = values_in(file), vault.with_key_file(new_key)

    assert (found.by_kms, found.by_key_file) == (("MASTER_KEY",), ("OPERATOR_TOKEN",))
    assert fresh.value("MASTER_KEY", after["MASTER_KEY"]) == "the master key"
    assert fresh.kms_key_of("MASTER_KEY", after["MASTER_KEY"]) == other_key
    assert fresh.value("OPERATOR_TOKEN", after["OPERATOR_TOKEN"]) == "the token"
    assert (after["SECRETS_KEY_FILE"], after["X"]) == (new_key, "y")
    assert not {before[name] for name in found.names} & set(after.values())
    assert [(each["action"], each["changed"]) for each in audited.told()] == [("settings.rotated", [*found.names])]


def test_a_value_of_kms_stays_under_its_key_where_none_is_given(vault: Vault, file: Path, audited: Audited) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("OPERATOR_TOKEN", "#"), encoding="utf-8")
    encrypted_settings.rotate(file)

    assert vault.kms_key_of("MASTER_KEY", values_in(file)["MASTER_KEY"]) == vaults.kms_key()
    assert values_in(file)["SECRETS_KEY_FILE"] == vault.key_file


def test_a_plan_changes_nothing_and_records_nothing(file: Path, new_key: str, audited: Audited) -> None:
    before = file.read_bytes()

    assert encrypted_settings.plan(file, new_key_file=new_key).names == ("MASTER_KEY", "OPERATOR_TOKEN")
    assert (file.read_bytes(), audited.told()) == (before, [])


def test_one_value_that_cannot_be_opened_keeps_all_as_they_are(file: Path, new_key: str, audited: Audited) -> None:
    text = file.read_text(encoding="utf-8").replace('OPERATOR_TOKEN="sealed:', 'OPERATOR_TOKEN="sealed:AAAA')
    file.write_text(text, encoding="utf-8")

    for attempt in (encrypted_settings.plan, encrypted_settings.rotate):
        with pytest.raises(Unreadable, match="OPERATOR_TOKEN cannot be read"):
            attempt(file, new_key_file=new_key)
    assert (file.read_text(encoding="utf-8"), audited.told()) == (text, [])


def test_sealed_values_need_a_new_key_and_another_environments_file_is_refused(file: Path, new_key: str) -> None:
    with pytest.raises(Invalid, match="name the new one with --key-file"):
        encrypted_settings.plan(file)
    file.write_text(f"ENVIRONMENT=production\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    with pytest.raises(Invalid, match="The file is for ENVIRONMENT=production, and this is suite"):
        encrypted_settings.plan(file, new_key_file=new_key)


def test_what_does_not_read_back_is_not_written(
    file: Path, new_key: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, sealed = file.read_bytes(), vault.with_key_file(new_key).encrypted_by_file("OPERATOR_TOKEN", "another")
    monkeypatch.setattr(type(vault), "encrypted_by_file", lambda *_: sealed)

    with pytest.raises(Invalid, match="does not read back as it was"):
        encrypted_settings.rotate(file, new_key_file=new_key)
    assert file.read_bytes() == before
