"""Hashes of passwords: argon2id, in normal form C, never cut off."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest
from bson import ObjectId
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import override_settings

from apps.auth.domain import passwords
from apps.auth.domain.identities import IdentityRecord
from apps.auth.errors import PasswordRefused
from novapulse import clock
from novapulse.errors import Overloaded
from novapulse.resilience.bulkhead import Bulkhead
from tests.faults import seconds_of
from tests.hashing import COUNTED, CountedArgon2Hasher


class DearerHasher(Argon2PasswordHasher):
    """argon2id at a cost that can be measured, and still paid a few times."""

    time_cost = 2
    memory_cost = 8 * 1024
    parallelism = 1


DEARER = [f"{DearerHasher.__module__}.DearerHasher"]
QUICK_HASH = "argon2$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
GOOD = "a quiet river under four bridges"


def _identity(password_hash: str) -> IdentityRecord:
    now = clock.now()
    return IdentityRecord(ObjectId(), "a@b.example", "A", password_hash, None, 1, now, now)


def test_password_is_hashed_by_argon2id_when_it_is_accepted() -> None:
    assert passwords.accepted(GOOD, context=()).startswith("argon2$argon2id$")


def test_accepting_raises_when_a_rule_is_broken() -> None:
    with pytest.raises(PasswordRefused):
        passwords.accepted("too short", context=())


def test_password_matches_only_itself() -> None:
    identity = _identity(passwords.accepted(GOOD, context=()))
    assert passwords.matches(identity, password=GOOD)
    assert not passwords.matches(identity, password=GOOD + " ")
    assert not passwords.matches(None, password=GOOD)


def test_password_matches_when_the_keyboard_composes_its_letters_otherwise() -> None:
    word = "größere Brücken über Flüsse"
    identity = _identity(passwords.accepted(unicodedata.normalize("NFD", word), context=()))
    assert passwords.matches(identity, password=unicodedata.normalize("NFC", word))


def test_password_is_not_cut_off_when_it_has_256_characters() -> None:
    long = ("a quiet river under four bridges " * 8)[:256]
    identity = _identity(passwords.accepted(long, context=()))
    assert passwords.matches(identity, password=long)
    assert not passwords.matches(identity, password=long[:-1])


def test_hash_is_renewed_when_it_was_made_with_other_parameters() -> None:
    identity = _identity(passwords.accepted(GOOD, context=()))
    assert passwords.renewed_hash(identity, password=GOOD) == identity.password_hash
    with override_settings(PASSWORD_HASHERS=DEARER):
        renewed = passwords.renewed_hash(identity, password=GOOD)
    assert "m=8192" in renewed
    assert passwords.matches(_identity(renewed), password=GOOD)


@override_settings(PASSWORD_HASHERS=DEARER)
def test_comparing_takes_as_long_when_there_is_no_such_identity() -> None:
    identity = _identity(passwords.accepted(GOOD, context=()))
    known, unknown = [], []
    for _ in range(15):  # in turn, so that other work on this machine hits both
        known.append(seconds_of(lambda: passwords.matches(identity, password="another quiet river")))
        unknown.append(seconds_of(lambda: passwords.matches(None, password="another quiet river")))
    assert 0.5 < median(unknown) / median(known) < 2  # without hashing it is a thousandth


@override_settings(PASSWORD_HASHERS=COUNTED)
def test_two_passwords_are_hashed_at_one_time_four_wait_and_the_others_are_refused() -> None:
    CountedArgon2Hasher.reset()
    with ThreadPoolExecutor(12) as threads:
        asked = [threads.submit(passwords.matches, None, password=GOOD) for _ in range(24)]
        refused = [each.exception() for each in asked if each.exception() is not None]
    assert CountedArgon2Hasher.most == 2
    assert {type(each) for each in refused} == {Overloaded}
    assert (
        2 < CountedArgon2Hasher.done == 24 - len(refused)
    )  # how many of those who wait have their turn, the machine says


@override_settings(PASSWORD_HASHERS=COUNTED)
@pytest.mark.parametrize("way", ["accepted", "matches", "renewed_hash"])
def test_every_way_to_hash_goes_through_the_one_bulkhead(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = {
        "accepted": lambda: passwords.accepted(GOOD, context=()),
        "matches": lambda: passwords.matches(_identity(QUICK_HASH), password=GOOD),
        "renewed_hash": lambda: passwords.renewed_hash(_identity(QUICK_HASH), password=GOOD),
    }
    monkeypatch.setattr(passwords, "_room", Bulkhead("full", slots=0, waiting=0, wait_seconds=0))
    with pytest.raises(Overloaded):
        ways[way]()
