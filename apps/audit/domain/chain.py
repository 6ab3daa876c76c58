"""The chain: what a record's hash is made of, and what shows that it is ours.

1. A record is written in one form: JSON, names in order, no spaces, ids as hexadecimal digits, times to the
   millisecond. It is what the API shows of the record, without its hash.
2. hash = SHA-256(hash of the record before, in hexadecimal, a line feed, the record). Anybody who has the records can
   compute it again. The first one follows on 64 zeros.
3. What is ours carries HMAC-SHA-256 (RFC 2104) under a subkey of MASTER_KEY: a waiting record over its form and the
   location of its company, a sealed one over its number and hash, the end of the chain over the same. So whoever can
   write to the database, and does not have MASTER_KEY, can add nothing, and change nothing without its being found.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import orjson
from bson import ObjectId
from django.conf import settings

from novapulse import keys
from novapulse.web import rendering

if TYPE_CHECKING:
    from collections.abc import Mapping

    Document = Mapping[str, Any]

NOTHING: Final = bytes(32)  # what the first record follows on

_NOT_SHOWN: Final = frozenset({"_id", "company_id", "location", "hash", "seal", "mac"})


def shown(document: Document) -> dict[str, Any]:
    """Give what is shown of a stored record, without its hash: what was stored, whatever that was at its time."""
    return {"id": document["_id"], **{name: value for name, value in document.items() if name not in _NOT_SHOWN}}


def form(document: Document) -> bytes:
    """Write a record in its one form (step 1)."""
    option = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
    return orjson.dumps(shown(document), default=_plain, option=option)


def link(document: Document, *, after: bytes) -> bytes:
    """Give the hash of a record that follows on the one with the hash `after` (step 2)."""
    return sha256(after.hex().encode() + b"\n" + form(document)).digest()


def mac(document: Document) -> bytes:
    """Give what a waiting record carries."""
    return _mac(b"pending", document["company_id"], document["location"].encode() + b"\n" + form(document))


def is_genuine(document: Document) -> bool:
    """Tell whether a waiting record was written by one of our processes, as it is now."""
    try:
        expected = mac(document)
    except (TypeError, AttributeError):  # it holds what no record of ours does
        return False
    found = document.get("mac")
    return isinstance(found, bytes) and hmac.compare_digest(found, expected)


def seal(company_id: ObjectId, *, sequence: int, digest: bytes) -> bytes:
    """Give the seal of a record."""
    return _mac(b"record", company_id, b"%d\n" % sequence + digest)


def head_seal(company_id: ObjectId, *, sequence: int, digest: bytes) -> bytes:
    """Give the seal of the chain's end: another one, so that a record's seal cannot be passed off as it."""
    return _mac(b"head", company_id, b"%d\n" % sequence + digest)


def _mac(kind: bytes, company_id: ObjectId, content: bytes) -> bytes:
    key = keys.subkey(settings.MASTER_KEY, purpose="audit")
    return hmac.digest(key, b"%b\n%b\n" % (kind, company_id.binary) + content, "sha256")


def _plain(value: object) -> str:
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, datetime):
        return rendering.instant(value)
    raise TypeError(f"{type(value).__name__} has no place in a record")
