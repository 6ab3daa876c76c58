"""`kms:...`, against moto's KMS."""

from __future__ import annotations

import base64

import pytest

from novapulse.vault import envelope
from novapulse.vault.errors import Unencryptable, Unreadable
from novapulse.vault.place import Place
from tests import vaults

PLACE = Place("MASTER_KEY", "suite")
VALUE = "the canary of the envelope, with ümlauts"


@pytest.fixture(scope="module")
def key() -> str:
    return vaults.kms_key()


@pytest.fixture
def given(key: str) -> str:
    return envelope.encrypted(VALUE, place=PLACE, aws=vaults.aws(), key_id=key)


def test_a_value_comes_back_and_is_not_in_what_is_written(given: str, key: str) -> None:
    assert envelope.opened(given, place=PLACE, aws=vaults.aws()) == VALUE
    assert envelope.key_of(given, place=PLACE, aws=vaults.aws()) == key
    assert given.startswith("kms:")
    assert VALUE.encode() not in base64.b64decode(given[4:])


def test_each_value_has_a_data_key_of_its_own(given: str, key: str) -> None:
    other = envelope.encrypted(VALUE, place=PLACE, aws=vaults.aws(), key_id=key)

    assert envelope._parts(given, place=PLACE)[0] != envelope._parts(other, place=PLACE)[0]


@pytest.mark.parametrize("place", [Place("OPERATOR_TOKEN", "suite"), Place("MASTER_KEY", "production")])
def test_a_value_opens_in_no_other_place_though_kms_would_give_its_key(place: Place, given: str) -> None:
    with pytest.raises(Unreadable, match=place.variable):
        envelope.opened(given, place=place, aws=vaults.aws())

    _, data_key, sealed = envelope._opened_key(given, place=PLACE, aws=vaults.aws())
    with pytest.raises(Exception, match=r"^$"):  # InvalidTag
        envelope.keys.unseal(sealed, key=data_key, context=place.context)


def test_kms_itself_refuses_another_place(given: str) -> None:
    wrapped, _ = envelope._parts(given, place=PLACE)
    other = Place("OPERATOR_TOKEN", "suite").encryption_context

    kms = vaults.aws().kms
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=wrapped, EncryptionContext=other)


def test_whatever_byte_is_changed_it_does_not_open(given: str) -> None:
    whole = base64.b64decode(given[4:])
    for at in (0, 1, 2, 5, len(whole) // 2, len(whole) - 1):
        changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        with pytest.raises(Unreadable, match="MASTER_KEY cannot be read: expected ") as refused:
            envelope.opened(f"kms:{base64.b64encode(changed).decode()}", place=PLACE, aws=vaults.aws())
        assert "canary" not in str(refused.value)


@pytest.mark.parametrize("given", ["kms:", "kms:not base64", "kms:AQ==", "kms:AQAA", "kms:AQABYQ==", "kms:ü", VALUE])
def test_what_is_no_envelope_is_refused_and_not_quoted(given: str) -> None:
    with pytest.raises(Unreadable, match="MASTER_KEY cannot be read: expected a value as") as refused:
        envelope.opened(given, place=PLACE, aws=vaults.aws())

    assert given.removeprefix("kms:") not in str(refused.value) or given == "kms:"


def test_a_key_that_is_not_there_is_told(given: str, key: str) -> None:
    with pytest.raises(Unencryptable, match=r"MASTER_KEY cannot be encrypted: .* \(NotFoundException\)"):
        envelope.encrypted(VALUE, place=PLACE, aws=vaults.aws(), key_id="alias/none")
