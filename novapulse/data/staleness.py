"""Which reads may come from a replica of MongoDB: those that say how far behind it may be. All others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from novapulse.data import transaction

if TYPE_CHECKING:
    from pymongo.collection import Collection

LEAST_SECONDS: Final = 90  # how far a member lags is told by heartbeats, and MongoDB promises no less


def relaxed(collection: Collection[dict[str, Any]], *, max_staleness_seconds: int) -> Collection[dict[str, Any]]:
    """Give a company's collection for a read that may be so many seconds behind: replicas may answer it.

    The members are those that the client's read preference names. The primary answers below `LEAST_SECONDS`, in a
    transaction, and where its preference allows that and no replica is near enough; always for a collection of the
    platform, since such collections decide who may do what.
    Source: github.com/mongodb/specifications, max-staleness.
    """
    if max_staleness_seconds < LEAST_SECONDS or transaction.is_under_way():
        return collection
    return collection.with_options(read_preference=collection.database.client.read_preference)
