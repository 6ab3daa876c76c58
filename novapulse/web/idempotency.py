"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): one effect however often a POST is sent.

1. The transaction of the request begins by inserting a record under (company, membership, key).
2. The work is done in the same transaction.
3. The answer is put into the record, and record and effect are committed together; after a refusal neither is there.

Who comes later finds the record: the same request gets the same answer, another one 422. Who comes while the first is
at work loses the insert to a write conflict: 409, ask again. Records live `KEPT_FOR`.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpResponse
from mongoengine import BinaryField, DateTimeField, DictField, IntField, ObjectIdField, StringField
from pymongo.errors import DuplicateKeyError, OperationFailure

from novapulse import clock, context
from novapulse.data import transaction
from novapulse.errors import FieldError, Invalid
from novapulse.tenancy.document import TenantDocument
from novapulse.web.refusals import IdempotencyKeyInFlight, IdempotencyKeyReused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

KEPT_FOR = timedelta(hours=24)
MAX_KEPT_BYTES = 8 * 1024 * 1024  # half of what a MongoDB document may hold

_HEADER = "HTTP_IDEMPOTENCY_KEY"
_KEY = re.compile(r'(?P<quote>"?)(?P<key>[A-Za-z0-9._:-]{1,128})(?P=quote)', re.ASCII)
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")
_WRITE_CONFLICT = 112


class IdempotencyRecord(TenantDocument):
    """One key that a member has used, what it was used for, and the answer that was given."""

    membership_id = ObjectIdField(required=True)
    key = StringField(required=True)
    fingerprint = StringField(required=True)
    status = IntField()
    headers = DictField()
    body = BinaryField()
    expires_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "idempotency_records",
        "references": {"membership_id": "memberships"},
        "indexes": [
            {"fields": ["location", "company_id", "membership_id", "key"], "unique": True},
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }


class AnswerTooLargeToKeep(Invalid):
    """The answer is too large to be kept for its Idempotency-Key; send fewer operations at once."""

    code = "answer-too-large-to-keep"


def perform(request: HttpRequest, work: Callable[[], HttpResponse], *, content: bytes | None = None) -> HttpResponse:
    """Do the work of a POST in one transaction, and once per key where the client gives one.

    content: what stands for the body where that is not in memory, such as a digest.
    """
    if _HEADER not in request.META:
        return transaction.run(work)
    selector = {"membership_id": context.principal().membership_id, "key": _key(request)}
    fingerprint = _fingerprint(request, request.body if content is None else content)
    return transaction.run(lambda: _once(selector, fingerprint=fingerprint, work=work))


def _key(request: HttpRequest) -> str:
    match = _KEY.fullmatch(request.META[_HEADER].strip())
    if match is None:
        sentence = "1 to 128 letters, digits, dots, colons, underscores or hyphens."
        raise Invalid(fields=(FieldError("Idempotency-Key", "invalid", sentence),))
    return match["key"]


def _once(selector: dict[str, Any], *, fingerprint: str, work: Callable[[], HttpResponse]) -> HttpResponse:
    records = IdempotencyRecord.collection()
    earlier = records.find_one(selector)
    if earlier is not None:
        return _replayed(earlier, fingerprint=fingerprint)
    if not _claimed({**selector, "fingerprint": fingerprint, "expires_at": clock.now() + KEPT_FOR}):
        raise IdempotencyKeyInFlight  # out of the handler: with a conflict as its cause it would be tried again
    response = work()
    records.update_one(selector, {"$set": _kept(response)})
    return response


def _claimed(record: dict[str, Any]) -> bool:
    """Insert the record, or tell that another request has done so and is not committed yet, or only just."""
    try:
        IdempotencyRecord.collection().insert_one(record)
    except DuplicateKeyError:
        return False
    except OperationFailure as error:
        if error.code != _WRITE_CONFLICT:
            raise
        return False
    return True


def _fingerprint(request: HttpRequest, content: bytes) -> str:
    return hashlib.sha256(b"\0".join([request.get_full_path().encode(), content])).hexdigest()


def _kept(response: HttpResponse) -> dict[str, Any]:
    body = zlib.compress(response.content, level=1)
    if len(body) > MAX_KEPT_BYTES:
        raise AnswerTooLargeToKeep
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return {"status": response.status_code, "headers": headers, "body": body}


def _replayed(record: dict[str, Any], *, fingerprint: str) -> HttpResponse:
    if record["fingerprint"] != fingerprint:
        raise IdempotencyKeyReused
    response = HttpResponse(zlib.decompress(record["body"]), status=record["status"], headers=record["headers"])
    response.headers["Idempotency-Replayed"] = "true"
    return response
