"""Identities: one per address, however it is spelt."""

from __future__ import annotations

import pytest
from bson import ObjectId

from apps.auth.domain import identities
from apps.auth.errors import EmailTaken
from novapulse import clock
from novapulse.errors import NotFound


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Acme.Example", "anna@acme.example"),
        ("ANNA@ACME.EXAMPLE", "anna@Acme.example"),
        ("é@x.example", "É@X.example"),
    ],
)
def test_addresses_are_the_same_when_only_case_or_composition_differs(one: str, other: str) -> None:
    assert identities.email_key(one) == identities.email_key(other)


def test_addresses_differ_when_their_letters_do() -> None:
    assert identities.email_key("anna@acme.example") != identities.email_key("anne@acme.example")


def test_second_identity_is_refused_when_the_address_differs_only_in_case(database: object) -> None:
    identities.create(email="Anna@acme.example", name="Anna", password_hash="x")
    with pytest.raises(EmailTaken):
        identities.create(email="anna@ACME.example", name="Other", password_hash="y")
    found = identities.by_email("ANNA@acme.example")
    assert found is not None
    assert (found.email, found.name, found.email_verified_at) == ("Anna@acme.example", "Anna", None)


def test_nobody_is_found_by_the_address_of_a_service_account(database: object) -> None:
    for email in ("robot@service-accounts.invalid", "Robot@Service-Accounts.INVALID"):
        assert identities.is_of_service(email)
        assert identities.by_email(email) is None
    identities.create(email="robot@service-accounts.invalid", name="Robot", password_hash="x")
    assert identities.by_email("robot@service-accounts.invalid") is None
    assert not identities.is_of_service("robot@not-service-accounts.invalid")
    assert not identities.is_of_service("service-accounts.invalid@acme.example")


def test_renaming_raises_the_version_and_leaves_others_alone(database: object) -> None:
    anna = identities.create(email="anna@acme.example", name="Anna", password_hash="x")
    bert = identities.create(email="bert@acme.example", name="Bert", password_hash="y")
    renamed = identities.rename(anna.id, name="Annabel")
    assert (renamed.name, renamed.version) == ("Annabel", 2)
    assert identities.identity(bert.id) == bert


def test_unknown_identity_is_not_found(database: object) -> None:
    with pytest.raises(NotFound):
        identities.identity(ObjectId())
    with pytest.raises(NotFound):
        identities.rename(ObjectId(), name="Nobody")


def test_password_is_set_by_whoever_knows_which_it_was(database: object) -> None:
    anna = identities.create(email="anna@acme.example", name="Anna", password_hash="old")
    assert not identities.set_password(anna.id, old_hash="older", new_hash="new")
    assert identities.identity(anna.id) == anna
    assert identities.set_password(anna.id, old_hash="old", new_hash="new")
    now = identities.identity(anna.id)
    assert (now.password_hash, now.version) == ("new", 2)


def test_deactivated_identity_signs_in_and_changes_its_password_no_more(database: object) -> None:
    anna = identities.create(email="anna@acme.example", name="Anna", password_hash="old")
    identities.set_deactivated(anna.id, at=clock.now())
    assert not identities.note_sign_in(anna, new_hash="old")
    assert not identities.set_password(anna.id, old_hash="old", new_hash="new")
    identities.set_deactivated(anna.id, at=None)
    assert identities.note_sign_in(anna, new_hash="old")


def test_sign_in_is_not_noted_when_the_password_has_changed_meanwhile(database: object) -> None:
    anna = identities.create(email="anna@acme.example", name="Anna", password_hash="old")
    assert identities.note_sign_in(anna, new_hash="renewed")
    assert not identities.note_sign_in(anna, new_hash="old")
    assert identities.identity(anna.id).password_hash == "renewed"
