"""The endpoints of a company: made, listed, changed, deleted, given another secret."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants import api as tenants_api
from apps.webhooks import conf
from apps.webhooks.documents import WebhookEndpoint
from apps.webhooks.domain import signatures
from apps.webhooks.domain.audience import wait_until_everybody_knows
from apps.webhooks.enums import DisabledReason, EndpointStatus
from apps.webhooks.errors import TooManyWebhooks
from novapulse import clock
from novapulse.data import keyset, transaction
from novapulse.errors import NotFound
from novapulse.tenancy import scope
from novapulse.web.refusals import PreconditionFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]

ORDER: Final = keyset.Order("created_at")
_ACTIVE: Final = EndpointStatus.ACTIVE.value


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What somebody says about an endpoint that is to be: values that were checked before. No types mean all."""

    url: str
    description: str = ""
    event_types: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """An endpoint and its new secret, which is shown this once."""

    endpoint: Document
    secret: str

    def __repr__(self) -> str:
        """Show no secret."""
        return f"Issued({self.endpoint['_id']!r})"


def create(new: NewEndpoint) -> Issued:
    """Make an endpoint that is told of every change that begins once this has returned.

    Raises TooManyWebhooks, also to the later of two at once.
    """
    return transaction.run(partial(_create, new))


def page(*, limit: int, after: keyset.Position | None = None) -> keyset.Page:
    """Read one page of the list, the oldest first: one command."""
    walk = keyset.Walk({}, ORDER, limit, projection={"secrets.sealed": 0}, hint="created")
    return keyset.page(WebhookEndpoint.collection(), walk, after=after)


def one(endpoint_id: ObjectId) -> Document:
    """Read an endpoint: one command. Raises NotFound."""
    document = WebhookEndpoint.collection().find_one({"_id": endpoint_id})
    if document is None:
        raise NotFound
    return document


def update(endpoint_id: ObjectId, *, changes: Mapping[str, Any], version: int) -> Document:
    """Change an endpoint: two commands in a transaction, or two where the first finds nothing.

    Making it active forgets the failures that it had; it is told of every change that begins once this has returned.

    Raises NotFound, PreconditionFailed.
    """
    if not changes:
        document = WebhookEndpoint.collection().find_one({"_id": endpoint_id, "version": version})
    else:
        document = transaction.run(partial(_update, endpoint_id, changes=changes, version=version))
    if document is None:
        raise _absence(endpoint_id)
    if changes.get("status") == _ACTIVE:
        transaction.on_commit(wait_until_everybody_knows)
    return document


def delete(endpoint_id: ObjectId, *, version: int) -> None:
    """Delete an endpoint: two commands as above. Raises NotFound, PreconditionFailed."""

    def work() -> None:
        if not WebhookEndpoint.collection().delete_one({"_id": endpoint_id, "version": version}).deleted_count:
            raise _absence(endpoint_id)
        audit_api.record([Entry(Action.WEBHOOK_DELETED, endpoint_id)])

    transaction.run(work)


def rotate_secret(endpoint_id: ObjectId) -> Issued:
    """Give an endpoint another secret; the one that it had lives on beside it for a day, and none before that.

    Raises NotFound.
    """
    return transaction.run(partial(_rotate_secret, endpoint_id))


def _create(new: NewEndpoint) -> Issued:
    tenants_api.hold_company(scope.current().company_id)  # whoever counts does so alone
    endpoints = WebhookEndpoint.collection()
    if endpoints.count_documents({}, hint="created") >= conf.ENDPOINTS_MOST:
        raise TooManyWebhooks(most=conf.ENDPOINTS_MOST)
    now, secret, endpoint_id = clock.now(), signatures.new_secret(), ObjectId()
    document: Document = {
        "_id": endpoint_id,
        "url": new.url,
        "description": new.description,
        "event_types": new.event_types,
        "status": _ACTIVE,
        "disabled_reason": None,
        "secrets": [signatures.stored(secret, endpoint_id=endpoint_id, now=now)],
        "failures": 0,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    endpoints.insert_one(document)
    audit_api.record([Entry(Action.WEBHOOK_CREATED, endpoint_id)])
    transaction.on_commit(wait_until_everybody_knows)
    return Issued(document, secret)


def _rotate_secret(endpoint_id: ObjectId) -> Issued:
    now, secret, before = clock.now(), signatures.new_secret(), one(endpoint_id)
    new = signatures.stored(secret, endpoint_id=endpoint_id, now=now)
    old = {**before["secrets"][0], "ends_at": now + conf.OLD_SECRET_LIVES}
    document = _changed({"_id": endpoint_id, "version": before["version"]}, {"secrets": [new, old]})
    if document is None:
        raise NotFound
    audit_api.record([Entry(Action.WEBHOOK_SECRET_ROTATED, endpoint_id)])
    return Issued(document, secret)


def _update(endpoint_id: ObjectId, *, changes: Mapping[str, Any], version: int) -> Document | None:
    document = _changed({"_id": endpoint_id, "version": version}, {**changes, **_status_of(changes)})
    if document is not None:
        details = {"status": document["status"]} if "status" in changes else {}
        audit_api.record([Entry(Action.WEBHOOK_UPDATED, endpoint_id, changed=changes, details=details)])
    return document


def _changed(selector: Mapping[str, Any], changes: Mapping[str, Any]) -> Document | None:
    return WebhookEndpoint.collection().find_one_and_update(
        selector,
        {"$set": {**changes, "updated_at": clock.now()}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )


def _status_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    if "status" not in changes:
        return {}
    if changes["status"] == _ACTIVE:
        return {"disabled_reason": None, "failures": 0}
    return {"disabled_reason": DisabledReason.REQUESTED.value}


def _absence(endpoint_id: ObjectId) -> NotFound | PreconditionFailed:
    found = WebhookEndpoint.collection().find_one({"_id": endpoint_id}, {"_id": 1})
    return NotFound() if found is None else PreconditionFailed()
