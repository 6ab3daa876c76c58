"""`manage.py secrets`."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from novapulse.vault import key_file
from tests import vaults
from tests.audited import Audited

if TYPE_CHECKING:
    from pathlib import Path

    from pymongo.database import Database

    from novapulse.vault.vault import Vault

VALUE = "the canary of the command"


class Terminal(io.StringIO):
    """What a person sees."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def vault(settings: Any, tmp_path: Path) -> Vault:
    key_file.made(tmp_path / "key")
    settings.VAULT = vaults.vault(key_file=str(tmp_path / "key"))
    return settings.VAULT


def run(*arguments: str, out: io.StringIO | None = None) -> tuple[str, str]:
    out, err = out or io.StringIO(), io.StringIO()
    call_command("secrets", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{VALUE}\n"))


def test_a_value_from_the_standard_input_is_encrypted(typed: None, vault: Vault) -> None:
    out, err = run("encrypt", "OPERATOR_TOKEN")

    assert vault.value("OPERATOR_TOKEN", out.strip()) == VALUE
    assert err == "Done! Set OPERATOR_TOKEN to it, where ENVIRONMENT=suite.\n"


def test_a_value_is_asked_for_at_a_terminal(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"{prompt}{VALUE}")
    told = json.loads(run("encrypt", "OPERATOR_TOKEN", "--kms", vaults.kms_key(), "--json")[0])

    assert vault.value("OPERATOR_TOKEN", told["value"]) == f"Value of OPERATOR_TOKEN: {VALUE}"
    assert told["value"].startswith("kms:")
    assert (told["name"], told["environment"]) == ("OPERATOR_TOKEN", "suite")


def test_encrypting_without_a_key_is_a_bad_argument(typed: None, settings: Any) -> None:
    settings.VAULT = vaults.vault()
    with pytest.raises(CommandError, match="give --kms KEY, or set SECRETS_KEY_FILE") as refused:
        run("encrypt", "OPERATOR_TOKEN")

    assert refused.value.returncode == 2


def test_a_value_is_shown_on_a_terminal_alone(
    vault: Vault, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    audited = Audited(database)
    monkeypatch.setenv("OPERATOR_TOKEN", vault.encrypted_by_file("OPERATOR_TOKEN", VALUE))
    asked = ("decrypt", "OPERATOR_TOKEN", "--reason", "case 4711")
    with pytest.raises(CommandError, match="--show prints it wherever it goes"):
        run(*asked)

    assert audited.told() == []
    assert run(*asked, out=Terminal())[0] == f"{VALUE}\n"
    assert json.loads(run(*asked, "--show", "--json")[0]) == {"name": "OPERATOR_TOKEN", "value": VALUE}
    assert [(each["action"], each["reason"]) for each in audited.told()] == [("setting.decrypted", "case 4711")] * 2


def test_a_text_from_the_standard_input_is_decrypted(
    vault: Vault, database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(vault.encrypted_by_file("REDIS_URL", VALUE) + "\r\n"))

    assert run("decrypt", "REDIS_URL", "--stdin", "--show", "--reason", "a look")[0] == f"{VALUE}\n"


def test_a_variable_that_is_not_set_is_told(vault: Vault) -> None:
    with pytest.raises(CommandError, match="NOVAPULSE_NOT_SET is not set"):
        run("decrypt", "NOVAPULSE_NOT_SET", "--show", "--reason", "a look")


def test_a_file_is_rotated_and_counted(vault: Vault, database: object, tmp_path: Path) -> None:
    file, new = tmp_path / "env", tmp_path / "new"
    file.write_text(f"# ours\nREDIS_URL={vault.encrypted_by_file('REDIS_URL', VALUE)}\n", encoding="utf-8")
    made = run("keygen", str(new))[0]
    rotation = ("rotate", str(file), "--key-file", str(new), "--reason", "yearly")
    planned, done = run(*rotation, "--dry-run")[0], run(*rotation)[0]
    _, given = file.read_text(encoding="utf-8").rstrip().split("REDIS_URL=")

    assert made.startswith(f"Done! Set SECRETS_KEY_FILE={new}")
    assert planned == f"Would encrypt 1 value of {file} anew (REDIS_URL); nothing was changed.\n"
    assert done == f"Done! Encrypted 1 value of {file} anew (REDIS_URL); restart what reads the file.\n"
    assert vault.with_key_file(str(new)).value("REDIS_URL", given) == VALUE


def test_programs_are_told_what_was_rotated(vault: Vault, database: object, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("A=b\n", encoding="utf-8")
    told = json.loads(run("rotate", str(tmp_path / "env"), "--reason", "yearly", "--json")[0])

    assert told == {"file": str(tmp_path / "env"), "changed": False, "by_kms": [], "by_key_file": []}
    assert run("rotate", str(tmp_path / "env"), "--reason", "yearly")[0].startswith("Nothing to do")


def test_a_key_is_not_written_over(tmp_path: Path) -> None:
    run("keygen", str(tmp_path / "key"))
    with pytest.raises(CommandError, match="no key is written over another"):
        run("keygen", str(tmp_path / "key"))
