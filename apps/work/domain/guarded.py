"""Writes guarded by the version that the client has read, and why one of them found nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from novapulse import clock
from novapulse.data import transaction
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bson import ObjectId
    from pymongo.collection import Collection

    from novapulse.errors import Trouble

Document = dict[str, Any]


def update(
    collection: Collection[Document],
    selector: Mapping[str, Any],
    *,
    changes: Mapping[str, Any],
    told: Callable[[Document, Document], None],
) -> Document | None:
    """Change the document that the selector, a version in it, finds, in a transaction. None where there is none.

    One command, and those of `told`, which is given the document as it was and as it is, to write down inside of the
    transaction. No changes make no new version, and want no transaction.
    """
    if not changes:
        return collection.find_one(selector)

    def change() -> Document | None:
        values = {**changes, "updated_at": clock.now()}
        before = collection.find_one_and_update(selector, {"$set": values, "$inc": {"version": 1}})
        if before is None:
            return None
        after = {**before, **values, "version": before["version"] + 1}
        told(before, after)
        return after

    return transaction.run(change)


def absence(collection: Collection[Document], document_id: ObjectId) -> Trouble:
    """Tell why a guarded write found nothing: no such document, or one of another version. One command."""
    found = collection.find_one({"_id": document_id}, {"_id": 1})
    return NotFound() if found is None else PreconditionFailed()
