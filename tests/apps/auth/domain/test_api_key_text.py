"""The text of a key: what it is made of, and that a slip of the hand is seen without asking anybody."""

from __future__ import annotations

import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.auth.domain import api_key_text

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
KNOWN = "np_0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZa178rwx"


def test_key_has_a_public_prefix_a_secret_of_160_bits_and_a_checksum() -> None:
    key = api_key_text.new()
    mark, prefix, rest = key.text.split("_")
    assert (mark, prefix) == ("np", key.prefix)
    assert 8 <= len(prefix) <= 12
    assert len(BASE62) ** (len(rest) - 6) > 2**160
    assert set(prefix + rest) <= set(BASE62)
    assert api_key_text.prefix_of(key.text) == key.prefix


def test_checksum_is_the_crc_32_of_what_stands_before_it() -> None:
    text = api_key_text.new().text
    number = sum(BASE62.index(digit) * 62**place for place, digit in enumerate(reversed(text[-6:])))
    assert number == zlib.crc32(text[:-6].encode())


def test_known_key_keeps_its_checksum() -> None:
    """Scanners and clients rely on it: this must never change."""
    assert api_key_text.prefix_of(KNOWN) == "0123456789"


@given(place=st.integers(3, 46), other=st.sampled_from(BASE62))
def test_one_wrong_character_is_seen(place: int, other: str) -> None:
    text = api_key_text.new().text
    wrong = text[:place] + other + text[place + 1 :]
    assert (api_key_text.prefix_of(wrong) is None) == (wrong != text)


@given(place=st.integers(3, 45))
def test_two_swapped_characters_are_seen(place: int) -> None:
    text = api_key_text.new().text
    wrong = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert (api_key_text.prefix_of(wrong) is None) == (wrong != text)


@pytest.mark.parametrize("change", [str.upper, str.strip, lambda text: f"{text} ", lambda text: f"{text}\n"])
def test_key_has_one_spelling(change: object) -> None:
    text = api_key_text.new().text
    wrong = change(text)  # type: ignore[operator]  # a function of each kind
    assert (api_key_text.prefix_of(wrong) is None) == (wrong != text)


@pytest.mark.parametrize(
    "text", ["", "np_", "np__", "npr_x_1_y", KNOWN[:-1], KNOWN + "0", "NP" + KNOWN[2:], "np_" * 9999]
)
def test_what_is_no_key_has_no_prefix(text: str) -> None:
    assert api_key_text.prefix_of(text) is None


def test_no_two_keys_are_alike_and_none_shows_its_secret() -> None:
    keys = [api_key_text.new() for _ in range(1000)]
    assert len({key.prefix for key in keys}) == len({api_key_text.digest(key.text) for key in keys}) == 1000
    assert all(key.text not in repr(key) for key in keys)
