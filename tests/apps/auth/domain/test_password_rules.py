"""Which passwords are refused, and with which reason."""

from __future__ import annotations

import pytest

from apps.auth.domain import password_rules
from apps.auth.errors import PasswordRefused

ACCOUNT = ("Acme Rockets Ltd", "acme-rockets", "Anna Schmidt", "anna.schmidt")

SHORT, LONG, BLOCKED = "password-too-short", "password-too-long", "password-blocklisted"


@pytest.mark.parametrize(
    ("password", "code", "reason"),
    [
        ("", SHORT, "At least 15"),
        ("Tr0ub4dor&3", SHORT, "At least 15"),
        ("fourteen chars", SHORT, "At least 15"),
        ("🔑" * 14, SHORT, "At least 15"),
        ("x" * 256 + "y", LONG, "At most 256"),
        ("1234567890123456", BLOCKED, "attackers try first"),
        ("passwordpassword", BLOCKED, "repeats a password"),
        ("PassWord-PassWord", BLOCKED, "repeats a password"),
        ("aaaaaaaaaaaaaaaa", BLOCKED, "one character"),
        ("               ", BLOCKED, "one character"),
        ("!!!!!!!!!!!!!!!!!!", BLOCKED, "one character"),
        ("abcabcabcabcabca", BLOCKED, "short pattern"),
        ("ab-ab-ab-ab-ab-ab", BLOCKED, "short pattern"),
        ("abcdefghijklmnop", BLOCKED, "row of"),
        ("zyxwvutsrqponmlkj", BLOCKED, "row of"),
        ("qwertyuiopasdfghj", BLOCKED, "row of"),
        ("QWERTZUIOP123456", BLOCKED, "row of"),
        ("aaaaabbbbbcccccddddd", BLOCKED, "row of"),
        ("acme rockets 2026!", BLOCKED, "little more than the name"),
        ("AcmeRocketsLtd99", BLOCKED, "little more than the name"),
        ("anna.schmidt.2026", BLOCKED, "little more than the name"),
        ("Schmidt Anna 1999", BLOCKED, "little more than the name"),
        ("novapulse-NovaPulse", BLOCKED, "little more than the name"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER N}ovaPulse 2026!!", BLOCKED, "little more than the name"),
    ],
)
def test_password_is_refused_with_code_and_reason_when_a_rule_is_broken(password: str, code: str, reason: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        password_rules.check(password, context=ACCOUNT)
    (field,) = refused.value.fields
    assert (field.pointer, field.code) == ("/password", code)
    assert reason in field.detail


@pytest.mark.parametrize(
    "password",
    [
        "fifteen chars ok",
        "correct horse battery staple",
        "only lowercase words here",
        "anna likes rockets to the moon",  # names may stand in it, as long as more does
        "пароль из пяти простых слов",
        "密码可以由任何文字组成只要足够长就行",
        "🔑🚪🏠🌳🐈🎩🚲🍏🧊🪐🎈🪁🎻🦉🧵",
        "  spaces count, also at both ends  ",
        "a quiet river under four bridges" * 8,  # 256 characters
    ],
)
def test_password_is_taken_when_it_is_long_and_nobody_would_guess_it(password: str) -> None:
    password_rules.check(password, context=ACCOUNT)


def test_short_names_are_no_reason_when_they_stand_inside_of_other_words() -> None:
    password_rules.check("lilies in a lily pond", context=("Li", "li"))
