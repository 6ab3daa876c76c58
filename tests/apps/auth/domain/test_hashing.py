"""The parameters that production hashes with; the suite itself uses cheaper ones."""

from __future__ import annotations

from argon2 import Type, extract_parameters

from apps.auth.domain.hashing import Argon2idPasswordHasher
from config.settings import base


def test_passwords_are_hashed_by_argon2id_with_46_mib() -> None:
    hasher = Argon2idPasswordHasher()

    encoded = hasher.encode("four quiet bridges at dawn", hasher.salt())

    found = extract_parameters(encoded.removeprefix("argon2"))
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 47_104, 1, 1)
    assert base.PASSWORD_HASHERS == ["apps.auth.domain.hashing.Argon2idPasswordHasher"]
