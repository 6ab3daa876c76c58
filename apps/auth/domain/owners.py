"""Which company a membership, an invitation or an API key belongs to. Sessions are a person's, in all of theirs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from apps.auth.documents import ApiKey, Invitation, Membership

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bson import ObjectId


def _owner(kind: type[Membership | Invitation | ApiKey], id_: ObjectId) -> ObjectId | None:
    found = kind.collection().find_one({"_id": id_}, {"company_id": 1})
    return None if found is None else found["company_id"]


OWNERS: Mapping[str, Callable[[ObjectId], ObjectId | None]] = {
    "member_id": partial(_owner, Membership),
    "invitation_id": partial(_owner, Invitation),
    "key_id": partial(_owner, ApiKey),
}
