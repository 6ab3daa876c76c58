"""`sealed:...`: a value under a key of our own, which lies in a file that only its owner reads."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag

from novapulse import keys
from novapulse.errors import Conflict
from novapulse.vault.errors import Unencryptable, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from novapulse.vault.place import Place

FORM: Final = "sealed:"
_KEY_BYTES: Final = 32
_MOST_BYTES: Final = 256  # no file with a key is longer; a device would never end
_OWNER_ONLY: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class _KeyFileError(Exception):
    """What is wrong with the file of the key: what was expected of it."""


def made(path: Path) -> None:
    """Write a new key of 32 random bytes, in base64, for its owner alone. Raises Conflict where the file exists."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError:
        raise Conflict(f"{path} exists: no key is written over another.") from None
    except OSError as error:
        raise Conflict(f"{path} cannot be written ({error.strerror}).") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")


def encrypted(plain: str, *, place: Place, path: str) -> str:
    """Encrypt a value for a place under the key in the file. Raises Unencryptable."""
    try:
        key = _key(path)
    except _KeyFileError as wrong:
        raise Unencryptable(place.variable, str(wrong)) from None
    return FORM + base64.b64encode(keys.seal(plain.encode(), key=key, context=place.context)).decode()


def opened(given: str, *, place: Place, path: str) -> str:
    """Give the value that `encrypted` was given. Raises Unreadable."""
    try:
        sealed = base64.b64decode(given.removeprefix(FORM), validate=True)
        return keys.unseal(sealed, key=_key(path), context=place.context).decode()
    except _KeyFileError as wrong:
        raise Unreadable(place.variable, str(wrong)) from None
    except (InvalidTag, binascii.Error, ValueError):
        made_by = f"`manage.py secrets encrypt {place.variable}` with ENVIRONMENT={place.environment} and this key file"
        expected = f"a value as {made_by} makes it; this one is another's or was changed"
        raise Unreadable(place.variable, expected) from None


def _key(path: str) -> bytes:
    """Read the key; the open file itself is looked at, so that nobody puts another one there in between."""
    if not path:
        raise _KeyFileError("SECRETS_KEY_FILE to name the file of the key")
    try:
        with open(path, "rb") as file:  # noqa: PTH123  a path as the operator gave it
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_MOST_BYTES)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        raise _KeyFileError("the file that SECRETS_KEY_FILE names, which cannot be read") from None
    if not stat.S_ISREG(mode) or mode & _OTHERS:
        raise _KeyFileError("the file that SECRETS_KEY_FILE names to be its owner's alone (chmod 600)")
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise _KeyFileError("32 random bytes in base64 in the file that SECRETS_KEY_FILE names")
    return key
