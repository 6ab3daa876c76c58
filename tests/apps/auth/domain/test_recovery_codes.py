"""Recovery codes."""

from __future__ import annotations

import re

import pytest
from bson import ObjectId

from apps.auth.domain import recovery_codes


def test_there_are_ten_of_80_bits_in_groups_that_can_be_read() -> None:
    codes, group = recovery_codes.new(), "[0-9abcdefghjkmnpqrstvwxyz]{4}"
    assert len(set(codes)) == 10
    assert all(re.fullmatch(f"{group}(-{group}){{3}}", code) for code in codes)


def test_a_code_is_read_as_people_type_it() -> None:
    (code, *_) = recovery_codes.new()
    plain = code.replace("-", "")
    assert {recovery_codes.read(typed) for typed in (code, plain, code.upper(), code.replace("-", " "))} == {plain}
    assert recovery_codes.read("O0l1-I1i1-abcd-efgh") == "00111111abcdefgh"


@pytest.mark.parametrize("text", ["", "123456", "abcd-efgh-jkmn", "abcd-efgh-jkmn-pqrs-tvwx", "uuuu-uuuu-uuuu-uuuu"])
def test_what_has_another_shape_is_no_code(text: str) -> None:
    assert recovery_codes.read(text) is None


def test_what_is_kept_differs_by_code_and_by_person() -> None:
    mine, theirs = ObjectId(), ObjectId()
    kept = recovery_codes.hashed("0123456789abcdef", identity_id=mine)
    assert kept == recovery_codes.hashed("0123456789abcdef", identity_id=mine)
    assert kept != recovery_codes.hashed("0123456789abcdef", identity_id=theirs)
    assert kept != recovery_codes.hashed("0123456789abcdeg", identity_id=mine)
    assert len(kept) == 32
