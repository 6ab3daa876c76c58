"""`sealed:...`, under the key of a file."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from novapulse.errors import Conflict
from novapulse.vault import key_file
from novapulse.vault.errors import Unencryptable, Unreadable
from novapulse.vault.place import Place

PLACE = Place("OPERATOR_TOKEN", "suite")
VALUE = "the canary of the key file"


@pytest.fixture
def path(tmp_path: Path) -> str:
    key_file.made(tmp_path / "key")
    return str(tmp_path / "key")


def test_a_value_comes_back_and_is_not_in_what_is_written(path: str) -> None:
    given = key_file.encrypted(VALUE, place=PLACE, path=path)

    assert key_file.opened(given, place=PLACE, path=path) == VALUE
    assert VALUE.encode() not in base64.b64decode(given.removeprefix("sealed:"))


def test_a_value_opens_in_no_other_place_and_by_no_other_key(path: str, tmp_path: Path) -> None:
    given = key_file.encrypted(VALUE, place=PLACE, path=path)
    key_file.made(tmp_path / "other")

    for place, key in (
        (Place("MASTER_KEY", "suite"), path),
        (Place("OPERATOR_TOKEN", "x"), path),
        (PLACE, str(tmp_path / "other")),
    ):
        with pytest.raises(Unreadable, match=f"{place.variable} cannot be read: expected a value as"):
            key_file.opened(given, place=place, path=key)


def test_what_was_changed_does_not_open(path: str) -> None:
    given = key_file.encrypted(VALUE, place=PLACE, path=path)
    other = "A" if given[30] != "A" else "B"

    for changed in (given[:30] + other + given[31:], given[:-8], "sealed:", "sealed:ü", "sealed:not base64"):
        with pytest.raises(Unreadable, match="OPERATOR_TOKEN cannot be read: expected a value as"):
            key_file.opened(changed, place=PLACE, path=path)


def test_a_key_is_its_owners_alone_and_never_written_over(path: str) -> None:
    assert Path(path).stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode(Path(path).read_text(encoding="ascii"))) == 32
    with pytest.raises(Conflict, match="no key is written over another"):
        key_file.made(Path(path))
    with pytest.raises(Conflict, match="cannot be written"):
        key_file.made(Path(path) / "below")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(mode: int, path: str) -> None:
    Path(path).chmod(mode)

    with pytest.raises(Unencryptable, match=r"to be its owner's alone \(chmod 600\)"):
        key_file.encrypted(VALUE, place=PLACE, path=path)


@pytest.mark.parametrize("text", ["", "c2hvcnQ=", "not base64", "x" * 10_000])
def test_what_is_no_key_is_refused_and_not_quoted(text: str, path: str) -> None:
    Path(path).write_text(text, encoding="ascii")

    with pytest.raises(Unencryptable, match="32 random bytes in base64") as refused:
        key_file.encrypted(VALUE, place=PLACE, path=path)
    assert not text or text not in str(refused.value)


def test_a_file_that_is_not_there_or_not_named_is_told(tmp_path: Path) -> None:
    for path in (str(tmp_path / "absent"), str(tmp_path), "nul\0"):
        with pytest.raises(Unreadable, match="the file that SECRETS_KEY_FILE names, which cannot be read"):
            key_file.opened("sealed:AAAA", place=PLACE, path=path)
    with pytest.raises(Unreadable, match="expected SECRETS_KEY_FILE to name the file"):
        key_file.opened("sealed:AAAA", place=PLACE, path="")
