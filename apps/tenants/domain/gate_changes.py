"""Changes on their way to the gate: what was revoked, and whose limits are others now.

1. A change is written in the transaction that makes it true, so that none is lost.
2. Once that is committed it is projected to Redis, before the call returns: every process refuses from then on.
3. Where that fails, every process reads the change here within half a second, obeys it from memory, and tries again
   to project it (novapulse.gate.watch).
4. The document goes when every process has had the time to hear of it.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.tenants.documents import GateChange
from novapulse import clock
from novapulse.data import transaction
from novapulse.gate import gate
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from collections.abc import Iterable


def announce(changes: Iterable[Change]) -> None:
    """Write changes inside the caller's transaction, and project them once it is committed.

    Fails closed: what cannot be written fails the transaction; what cannot be projected is obeyed by way of MongoDB.
    """
    known = list(changes)
    if not known:
        return
    now = clock.now()
    documents: list[dict[str, Any]] = [{**_fields(each), "created_at": now} for each in known]
    GateChange.collection().insert_many(documents)
    transaction.on_commit(partial(gate.current().project, known))


def pending() -> dict[str, Change]:
    """Read all changes that have not gone yet, by their ids."""
    return {str(document["_id"]): _change(document) for document in GateChange.collection().find({})}


def settle(ids: Iterable[str]) -> None:
    """Let changes go that every process has heard of."""
    GateChange.collection().delete_many({"_id": {"$in": [ObjectId(each) for each in ids]}})


def _fields(change: Change) -> dict[str, Any]:
    return {name: value for name, value in asdict(change).items() if name != "at"}


def _change(document: dict[str, Any]) -> Change:
    return Change(
        level=Level(document["level"]),
        subject=document["subject"],
        company_id=document["company_id"],
        version=document["version"],
        credential_id=document["credential_id"],
        at=document["created_at"],
    )
