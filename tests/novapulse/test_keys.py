"""Subkeys and sealing."""

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from novapulse import keys

KEY = keys.subkey("a master key of more than 32 characters", purpose="test")


def test_a_subkey_is_the_same_each_time_and_another_for_each_purpose_and_master() -> None:
    assert keys.subkey("a master key of more than 32 characters", purpose="test") == KEY
    assert keys.subkey("a master key of more than 32 characters", purpose="tests") != KEY
    assert keys.subkey("A master key of more than 32 characters", purpose="test") != KEY
    assert len(KEY) == 32


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_was_sealed_is_unsealed(plain: bytes, context: str) -> None:
    assert keys.unseal(keys.seal(plain, key=KEY, context=context), key=KEY, context=context) == plain


def test_two_seals_of_one_text_differ() -> None:
    assert keys.seal(b"text", key=KEY, context="") != keys.seal(b"text", key=KEY, context="")


@pytest.mark.parametrize("place", [0, 11, 12, 20, -1])
def test_a_changed_bit_is_refused_wherever_it_is(place: int) -> None:
    sealed = bytearray(keys.seal(b"private key", key=KEY, context="kid-1"))
    sealed[place] ^= 1

    with pytest.raises(InvalidTag):
        keys.unseal(bytes(sealed), key=KEY, context="kid-1")


def test_a_sealed_value_cannot_be_moved_to_another_record() -> None:
    with pytest.raises(InvalidTag):
        keys.unseal(keys.seal(b"private key", key=KEY, context="kid-1"), key=KEY, context="kid-2")


@pytest.mark.parametrize("length", [0, 5, 12, 27])
def test_what_is_too_short_to_be_sealed_is_refused(length: int) -> None:
    with pytest.raises(InvalidTag):
        keys.unseal(bytes(length), key=KEY, context="")
