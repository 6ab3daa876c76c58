"""Endpoints that fail: counted, disabled, and their owners told by mail."""

from __future__ import annotations

import logging
from email.errors import MessageError
from functools import partial
from smtplib import SMTPException
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.mail import send_mail
from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.webhooks import conf
from apps.webhooks.documents import WebhookEndpoint
from apps.webhooks.enums import DisabledReason, EndpointStatus
from novapulse import clock, log
from novapulse.data import transaction
from novapulse.tasks import Retry, enqueue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId

_logger = logging.getLogger(__name__)

_ACTIVE: Final = EndpointStatus.ACTIVE.value
_WHY: Final = {
    DisabledReason.FAILING: f"{conf.FAILURES_MOST} deliveries in a row could not be made",
    DisabledReason.GONE: "its server has answered 410 Gone",
}
_TEXT: Final = """\
NovaPulse has stopped sending events to your webhook

{url}

because {why}. What happens from now on is not sent to it.

Look at what went wrong, as an owner or admin:

GET {api}/api/v1/webhooks/{id}/deliveries?status=failed

When it is mended, send {{"status": "active"}} to

PATCH {api}/api/v1/webhooks/{id}

and have what it missed sent again:

POST {api}/api/v1/webhooks/{id}/deliveries:replay
"""


def forget(endpoint: Mapping[str, Any]) -> None:
    """Note that a delivery was made: failures count in a row. No command where there were none."""
    if endpoint["failures"]:
        WebhookEndpoint.collection().update_one({"_id": endpoint["_id"]}, {"$set": {"failures": 0}})


def count(endpoint_id: ObjectId) -> None:
    """Note that a delivery has failed for good, inside the caller's transaction; disable what fails too often."""
    endpoint = WebhookEndpoint.collection().find_one_and_update(
        {"_id": endpoint_id}, {"$inc": {"failures": 1}}, return_document=ReturnDocument.AFTER
    )
    if endpoint is not None and endpoint["failures"] >= conf.FAILURES_MOST:
        disable(endpoint_id, reason=DisabledReason.FAILING)


def disable(endpoint_id: ObjectId, *, reason: DisabledReason) -> None:
    """Disable an active endpoint, inside the caller's transaction, and have its owners told once that is committed."""
    disabled = WebhookEndpoint.collection().find_one_and_update(
        {"_id": endpoint_id, "status": _ACTIVE},
        {
            "$set": {
                "status": EndpointStatus.DISABLED.value,
                "disabled_reason": reason.value,
                "updated_at": clock.now(),
            },
            "$inc": {"version": 1},
        },
        projection={"_id": 1},
    )
    if disabled is not None:
        enqueue("apps.webhooks.tasks.tell_owners", str(endpoint_id))
        audit_api.record([Entry(Action.WEBHOOK_DISABLED, endpoint_id, reason=reason.value)])
        event = partial(log.event, _logger, "webhooks.disabled", endpoint_id=str(endpoint_id), reason=reason.value)
        transaction.on_commit(event)


def tell_owners(endpoint_id: ObjectId) -> None:
    """Mail the owners that an endpoint was disabled, if it still is; raise Retry where the mail cannot be sent."""
    endpoint = WebhookEndpoint.collection().find_one({"_id": endpoint_id})
    if endpoint is None or endpoint["disabled_reason"] not in _WHY:
        return
    why = _WHY[DisabledReason(endpoint["disabled_reason"])]
    text = _TEXT.format(url=endpoint["url"], why=why, api=settings.PUBLIC_URL, id=endpoint_id)
    try:
        send_mail("A webhook of yours was disabled", text, None, auth_api.owner_addresses())
    except (SMTPException, OSError, MessageError) as error:
        raise Retry(type(error).__name__) from error
