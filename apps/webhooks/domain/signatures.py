"""Secrets and signatures as Standard Webhooks has them (https://www.standardwebhooks.com, 1.0.0).

A secret is `whsec_` and base64. The signature is the HMAC-SHA256, by the bytes of the secret, of the delivery's id, its
time and its body, joined by dots; while a secret takes another's place there are two, joined by a space.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag

from apps.tenants import api as tenants_api
from apps.tenants.errors import NoDataKey
from apps.webhooks import conf
from novapulse import clock, keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bson import ObjectId

_MARK: Final = "whsec_"


def new_secret() -> str:
    """Make a secret, as its owner sees it."""
    return _MARK + b64encode(secrets.token_bytes(conf.SECRET_BYTES)).decode()


def stored(secret: str, *, endpoint_id: ObjectId, now: datetime) -> dict[str, Any]:
    """Give a secret as it is stored: sealed under the bound company's data key, and bound to its endpoint.

    In another's record it opens nothing.
    """
    sealed = keys.seal(secret.encode(), key=tenants_api.sealing_key(), context=_context(endpoint_id))
    return {"sealed": sealed, "created_at": now, "ends_at": None}


def live(stored_secrets: Iterable[Mapping[str, Any]], *, endpoint_id: ObjectId) -> list[str]:
    """Open those of an endpoint's secrets that have not ended; one that another MASTER_KEY has sealed is left out."""
    now = clock.now()
    sealed = [each["sealed"] for each in stored_secrets if each["ends_at"] is None or each["ends_at"] > now]
    opened = (_opened(bytes(each), endpoint_id=endpoint_id) for each in sealed)
    return [secret for secret in opened if secret is not None]


def header(delivered_secrets: Iterable[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """Give the value of `webhook-signature`: one signature by each of the secrets."""
    content = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return " ".join(f"v1,{_signature(secret, content)}" for secret in delivered_secrets)


def _opened(sealed: bytes, *, endpoint_id: ObjectId) -> str | None:
    try:
        return keys.unseal(sealed, key=tenants_api.opening_key(), context=_context(endpoint_id)).decode()
    except (InvalidTag, NoDataKey):
        return None


def _signature(secret: str, content: bytes) -> str:
    raw = b64decode(secret.removeprefix(_MARK))
    return b64encode(hmac.new(raw, content, hashlib.sha256).digest()).decode()


def _context(endpoint_id: ObjectId) -> str:
    return f"webhook-secret:{endpoint_id}"
