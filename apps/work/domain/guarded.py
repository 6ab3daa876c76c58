"""Writes guarded by the version that the client has read, and why one of them found nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument

from novapulse import clock
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId
    from pymongo.collection import Collection

    from novapulse.errors import Trouble

Document = dict[str, Any]


def update(
    collection: Collection[Document], selector: Mapping[str, Any], *, changes: Mapping[str, Any]
) -> Document | None:
    """Change the document that the selector, a version in it, finds: one command. None where there is none.

    No changes make no new version.
    """
    if not changes:
        return collection.find_one(selector)
    return collection.find_one_and_update(
        selector,
        {"$set": {**changes, "updated_at": clock.now()}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )


def absence(collection: Collection[Document], document_id: ObjectId) -> Trouble:
    """Tell why a guarded write found nothing: no such document, or one of another version. One command."""
    found = collection.find_one({"_id": document_id}, {"_id": 1})
    return NotFound() if found is None else PreconditionFailed()
