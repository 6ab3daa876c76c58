"""`kms:...`: a value under a data key of its own, which stands beside it, itself encrypted by a key of KMS.

1. KMS makes a data key (GenerateDataKey, 256 bits) and encrypts it under the given key, bound to the value's place.
2. The value is sealed by the data key (`keys.seal`: AES-256-GCM), bound to the same place.
3. Written is base64 of: the version 1, the encrypted data key's length in two bytes, that key, the sealed value.

Opening asks KMS for the data key (Decrypt), which refuses another place: so does the seal. KMS never sees the value.
"""

from __future__ import annotations

import base64
import binascii
from functools import partial
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag

from novapulse import keys
from novapulse.vault.aws import calling, code_of
from novapulse.vault.errors import Unencryptable, Unreadable

if TYPE_CHECKING:
    from novapulse.vault.aws import Aws
    from novapulse.vault.place import Place

FORM: Final = "kms:"
_VERSION: Final = b"\x01"
_LENGTH_BYTES: Final = 2
_HEAD_BYTES: Final = len(_VERSION) + _LENGTH_BYTES


def encrypted(plain: str, *, place: Place, aws: Aws, key_id: str) -> str:
    """Encrypt a value for a place under a KMS key (id, ARN or `alias/...`). Raises Unencryptable."""
    refusal = partial(Unencryptable, place.variable)
    try:
        with calling(lambda: aws.kms, right="kms:GenerateDataKey", refusal=refusal) as client:
            made = client.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext=place.encryption_context)
    except ClientError as error:
        raise refusal(f"a symmetric key of KMS that is enabled ({code_of(error)})") from error
    wrapped = made["CiphertextBlob"]
    sealed = keys.seal(plain.encode(), key=made["Plaintext"], context=place.context)
    whole = _VERSION + len(wrapped).to_bytes(_LENGTH_BYTES, "big") + wrapped + sealed
    return FORM + base64.b64encode(whole).decode()


def opened(given: str, *, place: Place, aws: Aws) -> str:
    """Give the value that `encrypted` was given. Raises Unreadable."""
    _, data_key, sealed = _opened_key(given, place=place, aws=aws)
    try:
        return keys.unseal(sealed, key=data_key, context=place.context).decode()
    except (InvalidTag, UnicodeDecodeError):
        raise _not_as_made(place) from None


def key_of(given: str, *, place: Place, aws: Aws) -> str:
    """Tell which key of KMS, by its ARN, the value is encrypted under. Raises Unreadable."""
    return _opened_key(given, place=place, aws=aws)[0]


def _opened_key(given: str, *, place: Place, aws: Aws) -> tuple[str, bytes, bytes]:
    wrapped, sealed = _parts(given, place=place)
    try:
        with calling(lambda: aws.kms, right="kms:Decrypt", refusal=partial(Unreadable, place.variable)) as client:
            answer = client.decrypt(CiphertextBlob=wrapped, EncryptionContext=place.encryption_context)
    except ClientError as error:
        if code_of(error) == "InvalidCiphertextException":
            raise _not_as_made(place) from None
        expected = f"a key of KMS that is there and enabled ({code_of(error)})"
        raise Unreadable(place.variable, expected) from error
    return answer["KeyId"], answer["Plaintext"], sealed


def _parts(given: str, *, place: Place) -> tuple[bytes, bytes]:
    try:
        whole = base64.b64decode(given.removeprefix(FORM), validate=True)
    except (binascii.Error, ValueError):
        raise _not_as_made(place) from None
    length = int.from_bytes(whole[len(_VERSION) : _HEAD_BYTES], "big")
    wrapped, sealed = whole[_HEAD_BYTES : _HEAD_BYTES + length], whole[_HEAD_BYTES + length :]
    if not whole.startswith(_VERSION) or not wrapped or not sealed:
        raise _not_as_made(place)
    return wrapped, sealed


def _not_as_made(place: Place) -> Unreadable:
    """Say no more than one thing, whatever bit is wrong: what was changed cannot be told from what was moved."""
    made = f"`manage.py secrets encrypt {place.variable}` with ENVIRONMENT={place.environment}"
    return Unreadable(place.variable, f"a value as {made} makes it; this one is another's or was changed")
