"""What all companies but some have, as one hash: to see that nobody else was touched."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bson.raw_bson import RawBSONDocument

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bson import ObjectId
    from pymongo.database import Database

# They are about processes, and change while nobody of any company does anything.
OF_PROCESSES = frozenset({"queue_figures", "queue_controls", "breaker_reports", "gate_changes"})
# The platform's own: its chain tells of what is done to anybody, and its tasks wait for the end of a grace.
_PLATFORMS = (bytes(12), b"apps.operations.tasks.")


def dump_hash(database: Database[dict[str, Any]], *, without: Iterable[ObjectId]) -> str:
    """Hash every document, its id and its collection, but those in which one of these ids stands, in either form."""
    needles = [form for each in without for form in (each.binary, str(each).encode())]
    digest = sha256()
    raw = database.with_options(codec_options=database.codec_options.with_options(document_class=RawBSONDocument))
    for name in sorted(set(database.list_collection_names()) - OF_PROCESSES):
        digest.update(name.encode())
        for document in raw[name].find().sort("_id"):
            content = bytes(document.raw)  # type: ignore[attr-defined]  # as the codec options say
            if not any(needle in content for needle in [*needles, *_PLATFORMS]):
                digest.update(content)
    return digest.hexdigest()
