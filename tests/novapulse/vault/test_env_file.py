"""A file of variables, of which some values are encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from novapulse.errors import Invalid
from novapulse.vault.env_file import EnvFile, Setting

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
# the secrets: kms:... as docs/secrets.md has them

export MASTER_KEY="kms:AAAA"
OPERATOR_TOKEN='sealed:BBBB'\r
REDIS_URL=kms:CC+/==\t
LOG_LEVEL=INFO # as always
EMAIL_FROM="NovaPulse <no-reply@x>"
 PLAIN=text"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "env").write_bytes(TEXT.encode())
    (tmp_path / "env").chmod(0o640)
    return tmp_path / "env"


def test_its_encrypted_values_are_found_whatever_stands_round_them(path: Path) -> None:
    found = EnvFile(path).settings()

    assert [each for each in found if each.is_encrypted] == [
        Setting("MASTER_KEY", "kms:AAAA"),
        Setting("OPERATOR_TOKEN", "sealed:BBBB"),
        Setting("REDIS_URL", "kms:CC+/=="),
    ]
    assert Setting("PLAIN", "text") in found


def test_what_is_not_changed_stays_to_the_byte(path: Path) -> None:
    EnvFile(path).write(lambda each: each.value)
    untouched = path.read_bytes()
    EnvFile(path).write(lambda each: "kms:NEW=" if each.is_encrypted else each.value)

    assert untouched == TEXT.encode()
    expected = TEXT.replace("kms:AAAA", "kms:NEW=").replace("sealed:BBBB", "kms:NEW=").replace("kms:CC+/==", "kms:NEW=")
    assert path.read_bytes() == expected.encode()


def test_a_file_keeps_its_mode_and_a_link_stays_one(path: Path) -> None:
    link = path.parent / "link"
    link.symlink_to(path)
    EnvFile(link).write(lambda _: "new")

    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert b"PLAIN=new" in path.read_bytes()


def test_a_file_is_replaced_at_once_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Invalid, match=r"No space left on device.*nothing was changed"):
        EnvFile(path).write(lambda _: "new")

    assert path.read_bytes() == TEXT.encode()
    assert [each.name for each in path.parent.iterdir()] == ["env"]


@pytest.mark.parametrize("line", ["KEY=kms:AAAA # mine", "KEY = sealed:AAAA", 'KEY="kms:AAAA', "my-key=kms:AAAA"])
def test_an_encrypted_value_that_would_be_passed_over_is_refused_with_its_line(line: str, path: Path) -> None:
    path.write_text(f"# kms:\nA=b\n{line}\n", encoding="utf-8")

    with pytest.raises(Invalid, match="in line 3: expected NAME=value") as refused:
        EnvFile(path)
    assert "AAAA" not in str(refused.value)


@pytest.mark.parametrize("value", ["two words", 'a"b', "a#b", "$HOME", "a\nb"])
def test_a_value_that_would_be_read_as_another_one_is_not_written(value: str, path: Path) -> None:
    with pytest.raises(Invalid, match="cannot stand in such a file"):
        EnvFile(path).write(lambda _: value)

    assert path.read_bytes() == TEXT.encode()


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "binary"):
        with pytest.raises(Invalid, match="cannot be read: expected a file of lines"):
            EnvFile(path)
