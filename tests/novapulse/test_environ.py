"""The only reader of environment variables."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from novapulse import environ
from novapulse.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

NAME = "NOVAPULSE_TEST_VARIABLE"


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the test's variables out of what the settings have asked for, and the settings' resolver out of the test."""
    monkeypatch.setattr(environ, "_known", {})
    monkeypatch.setattr(environ, "_resolver", None)


def refusal(reading: object) -> str:
    assert callable(reading)
    with pytest.raises(environ.MalformedVariable) as refused:
        reading()
    line = str(refused.value)
    assert line.startswith(NAME)
    assert "expected " in line
    assert f"for example {NAME}" in line
    assert "\n" not in line
    return line


def test_a_variable_that_is_not_set_has_its_default() -> None:
    assert environ.text(NAME, "local", "Which.") == "local"
    assert environ.number(NAME, 5, "How many.") == 5
    assert environ.milliseconds(NAME, 250, "How long.") == 250
    assert environ.flag(NAME, True, "Whether.") is True  # noqa: FBT003  a flag's default
    assert environ.secret(NAME, "none", "What.") == "none"
    assert environ.is_set(NAME) is False


def test_a_variable_that_is_set_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "12")

    assert environ.text(NAME, "local", "Which.") == "12"
    assert environ.number(NAME, 5, "How many.") == 12
    assert environ.milliseconds(NAME, 250, "How long.") == 12
    assert environ.secret(NAME, "none", "What.") == "12"
    assert environ.is_set(NAME) is True


@pytest.mark.parametrize(("value", "meaning"), [("YES", True), ("1", True), ("off", False), ("", False)])
def test_a_flag_is_read_in_the_usual_words(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:  # noqa: FBT001  a parameter
    monkeypatch.setenv(NAME, value)

    assert environ.flag(NAME, not meaning, "Whether.") is meaning


def test_networks_are_read_and_there_are_none_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    none = environ.networks(NAME, "Which.")
    monkeypatch.setenv(NAME, "127.0.0.0/8, fd00::/8")

    assert (none, environ.networks(NAME, "Which.")) == ((), (ip_network("127.0.0.0/8"), ip_network("fd00::/8")))


@pytest.mark.parametrize(("value", "meaning"), [("0", 0.0), ("0.05", 0.05), ("1", 1.0), ("1.0", 1.0)])
def test_a_share_is_read_as_a_decimal_number(monkeypatch: pytest.MonkeyPatch, value: str, meaning: float) -> None:
    monkeypatch.setenv(NAME, value)

    assert environ.share(NAME, 0.5, "Which part.") == meaning


@pytest.mark.parametrize("value", ["", "2", "1.01", "-0.1", "5%", ".5", "nan", "1e-3", "²"])
def test_a_malformed_share_stops_the_process_with_one_line(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    assert "a decimal number from 0 to 1, for example" in refusal(lambda: environ.share(NAME, 0.5, "Which part."))


@pytest.mark.parametrize("value", ["ten", "-1", "1.5", "", " 5", "1e3", "²", "٣", "9" * 16, "9" * 5000])
def test_a_malformed_number_stops_the_process_with_one_line(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    line = refusal(lambda: environ.number(NAME, 5, "How many."))

    assert "a whole number" in line
    assert line.endswith(f"{NAME}=5.")
    assert len(line) < 300


def test_a_malformed_flag_stops_the_process_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "maybe")

    assert "true or false" in refusal(lambda: environ.flag(NAME, True, "Whether."))  # noqa: FBT003  a flag's default


def test_a_word_that_is_not_among_the_choices_stops_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "loud\nand clear")

    assert "one of low, high" in refusal(lambda: environ.text(NAME, "low", "How loud.", choices=("low", "high")))


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv(NAME, "from the variable")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "key"))

    assert environ.secret(NAME, "", "What.") == "from the file"


def test_a_variable_that_a_file_holds_counts_as_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{NAME}_FILE", "/run/secrets/key")

    assert environ.is_set(NAME)


def test_a_secrets_file_that_cannot_be_read_stops_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "binary"):
        monkeypatch.setenv(f"{NAME}_FILE", str(path))
        assert "the path of a file" in refusal(lambda: environ.secret(NAME, "", "What."))


@pytest.mark.parametrize(
    "value",
    ["redis://127.0.0.1:6379/0", "rediss://:pass%20word@redis.example/1", "redis://a:1,b:2/0"],
)
def test_a_url_is_read(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    assert environ.url(NAME, "redis://localhost", "Where.", schemes=("redis", "rediss")) == value


@pytest.mark.parametrize(
    "value",
    ["", "127.0.0.1:6379", "http://host", "redis://", "redis://:pw@", "redis://h:port", "redis://h:70000", "redis://[::1",
     "redis://ho st", "redis://host\n"],
)  # fmt: skip
def test_a_malformed_url_stops_the_process_and_is_not_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    line = refusal(lambda: environ.url(NAME, "redis://localhost:6379/0", "Where.", schemes=("redis", "rediss")))

    assert "redis:// or rediss://" in line
    assert line.endswith(f"{NAME}=redis://localhost:6379/0.")
    assert ":pw@" not in line


def test_every_variable_is_documented_with_its_sentence_and_no_secrets_default() -> None:
    environ.number("B_VARIABLE", 5, "How many.")
    environ.flag("A_VARIABLE", False, "Whether.")  # noqa: FBT003  a flag's default
    environ.secret("C_VARIABLE", "hidden", "What.")

    a, b, c = environ.variables()

    assert a == environ.Variable("A_VARIABLE", "flag", "false", "Whether.")
    assert b == environ.Variable("B_VARIABLE", "number", "5", "How many.")
    assert (c.name, c.default, c.sentence) == ("C_VARIABLE", "", "What.")


def test_a_malformed_variable_ends_the_process_with_exit_code_1() -> None:
    assert issubclass(environ.MalformedVariable, SystemExit)


READINGS = [
    lambda: environ.text(NAME, "local", "Which.", choices=("high", "low")),
    lambda: environ.number(NAME, 5, "How many."),
    lambda: environ.share(NAME, 0.5, "Which part."),
    lambda: environ.milliseconds(NAME, 250, "How long."),
    lambda: environ.flag(NAME, True, "Whether."),  # noqa: FBT003  a flag's default
    lambda: environ.networks(NAME, "Which."),
    lambda: environ.url(NAME, "redis://localhost", "Where.", schemes=("redis",)),
]


@pytest.mark.parametrize("form", environ.FORMS)
def test_a_value_of_a_known_form_is_what_it_stands_for(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    environ.resolve_with(lambda *those: asked.append(those) or "redis://:pass@host")
    monkeypatch.setenv(NAME, f"{form}x")

    assert environ.secret(NAME, "", "What.") == environ.text(NAME, "", "What.") == "redis://:pass@host"
    assert environ.url(NAME, "redis://localhost", "Where.", schemes=("redis",)) == "redis://:pass@host"
    assert asked == [(NAME, f"{form}x")] * 3


def test_a_file_may_hold_a_value_of_a_known_form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environ.resolve_with(lambda name, given: f"{name} by {given}")
    (tmp_path / "key").write_text("kms:x\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "key"))

    assert environ.secret(NAME, "", "What.") == f"{NAME} by kms:x"


@pytest.mark.parametrize("reading", READINGS)
def test_a_value_that_was_found_and_is_malformed_is_not_shown(reading: object, monkeypatch: pytest.MonkeyPatch) -> None:
    environ.resolve_with(lambda *_: "the canary")
    monkeypatch.setenv(NAME, "ssm:/x")

    line = refusal(reading)
    assert line.startswith(f"{NAME} cannot be read: expected ")
    assert "canary" not in line


def test_what_cannot_be_found_stops_the_process_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_name: str, _given: str) -> str:
        raise Unavailable("AWS is away.") from ValueError("the canary")

    environ.resolve_with(away)
    monkeypatch.setenv(NAME, "kms:x")
    with pytest.raises(environ.MalformedVariable, match="AWS is away") as refused:
        environ.secret(NAME, "", "What.")

    assert refused.value.__suppress_context__


def test_what_finding_values_needs_cannot_be_found_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "ssm:/x")

    with pytest.raises(environ.MalformedVariable, match=f"{NAME} cannot be read: expected a plain value"):
        environ.text(NAME, "local", "Which.")


def test_secrets_and_urls_show_themselves_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "redis://:canary@host")
    read = (environ.secret(NAME, "", "What."), environ.url(NAME, "redis://x", "Where.", schemes=("redis",)))

    assert "canary" not in repr(read)
    assert [f"{each}" for each in read] == ["redis://:canary@host"] * 2
    assert repr(environ.Hidden("")) == "''"


def test_texts_are_told_as_the_operator_has_given_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "ssm:/a/name/of/this/test")

    assert environ.as_given(NAME) == "ssm:/a/name/of/this/test"
    assert environ.all_given("ssm:/a/name/of/this") == ["ssm:/a/name/of/this/test"]
    assert environ.as_given("NOVAPULSE_NOT_SET") is None
