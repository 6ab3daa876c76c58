"""Tokens that travel by mail."""

import hashlib

from apps.auth.domain import mail_tokens


def test_token_has_256_bits_and_is_another_each_time() -> None:
    made = {mail_tokens.new() for _ in range(100)}
    assert len(made) == 100
    assert {len(token) for token in made} == {43}


def test_only_the_sha256_is_kept() -> None:
    token = mail_tokens.new()
    assert mail_tokens.hashed(token) == hashlib.sha256(token.encode()).digest()
