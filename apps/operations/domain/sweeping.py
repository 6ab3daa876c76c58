"""Taking a company away, out of every store, until nothing of it is left.

1. What staff have noted of it, its documents, its people, its keys in Redis and its dead letters go, store by store.
   The documents are those of every collection that there is (`declarations`): a new one cannot be forgotten.
2. A request that was let in just before the company closed may still be at work. Once the last of these must have
   ended, step 1 is done again, until it finds nothing; only then what the gate's processes are to hear of goes too.
   What credentials of the company ask for meanwhile fills nothing in Redis (`apps.auth.domain.truths`).
3. The audit goes last: where its chain ends is noted, then it is taken away.
4. The data key is destroyed.
5. It is looked through what indexes show, Redis, PostgreSQL and the dead letters: where anything is left nothing is
   signed, and whoever goes on begins at 1.
6. Tombstone, certificate and the record in the platform's chain (`deletions.finish`).

Each part is bounded, rests as long as it took, and is counted with its removal (`novapulse.tenancy.removal`). Whoever
is killed anywhere is followed by somebody who begins at 1 and finds less to do. Two at once hurt nothing. Fails closed:
a store that is away ends the run, and the next one goes on.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from apps.audit import api as audit_api
from apps.auth import api as auth_api
from apps.operations.domain import declarations, deletions, leftovers
from apps.operations.errors import StillThere
from apps.staff import api as staff_api
from apps.tenants import api as tenants_api
from novapulse import clock
from novapulse.data import keyspace, transaction
from novapulse.queues import dead_letters
from novapulse.tenancy import removal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bson import ObjectId

    from apps.auth.api import Departed
    from apps.operations.domain.deletions import DeletionRecord
    from novapulse.tenancy.scope import Scope

    Told = Callable[[str, int], None]

# What goes by a step of its own, or stays.
_APART: Final = frozenset({"companies", "deletions", "data_keys", "memberships"})
_HEARD_OF: Final = "gate_changes"  # that the company is closed
_HEARD: Final = timedelta(seconds=15)  # by then every process has heard that a company is closed, and told Redis twice
_LOOK_SECONDS: Final = 1.0


def sweep(deletion: DeletionRecord, *, told: Told) -> DeletionRecord:
    """Take a company away whose deletion has begun; give the deletion with its certificate.

    told: is called with what was taken away, by name and number, and with nothing and nought while it waits; what it
    raises ends the run. Raises StillThere where something is left, or came meanwhile; Unavailable or TimedOut where a
    store is away; and what the drivers raise.
    """
    home, kinds = deletion.home, _kinds()
    _take_away(home, [each for each in kinds if declarations.collection_name(each) != _HEARD_OF], told=told)
    _wait_until(_last_request_ends(deletion), told=told)
    while _take_away(home, kinds, told=told):
        continue
    so_far = deletions.record_of(home.company_id)
    if so_far.chain is None:
        deletions.note_chain(home.company_id, audit_api.end_of(home))
    for document in audit_api.DOCUMENTS:
        _remove(document, home, told=told)
    if so_far.key_destroyed_at is None:
        transaction.run(partial(_destroy_key, home.company_id), max_seconds=removal.PATIENCE_SECONDS)
    _require_nothing(deletion)
    return deletions.finish(home.company_id)


def meant(home: Scope) -> dict[str, int]:
    """Count the documents that would go, by collection, and change nothing."""
    kinds = (*_kinds(), *audit_api.DOCUMENTS)
    counts = {declarations.collection_name(each): removal.count_documents(each, home) for each in kinds}
    counts |= {"memberships": auth_api.people(home.company_id), "identities": auth_api.leaving(home.company_id)}
    return {name: count for name, count in sorted(counts.items()) if count}


def _kinds() -> list[Any]:
    """List the documents that go in step 1: all that can name a company, but those that go apart."""
    ours = [each for each in declarations.documents() if each not in audit_api.DOCUMENTS]
    named = [each for each in ours if removal.names_companies(each)]
    return [each for each in named if declarations.collection_name(each) not in _APART]


def _require_nothing(deletion: DeletionRecord) -> None:
    """Do step 5. That the company itself is not a tombstone yet is as it should be."""
    findings = leftovers.find_indexed(deletion.home)
    left = [each for each in findings.left if each.place != "companies"]
    if left or findings.hidden:
        raise StillThere(deletion.slug, [each.place for each in left], hidden=findings.hidden)


def _take_away(home: Scope, kinds: list[Any], *, told: Told) -> int:
    """Do step 1 with documents of these kinds; tell how much there was."""
    company_id = home.company_id
    note = partial(_note, company_id, told=told)
    count = note("postgresql", "django_admin_log", staff_api.forget_mentions(str(company_id)))
    count += sum(_remove(document, home, told=told) for document in kinds)
    count += _let_people_go(company_id, told=told)
    count += note("redis", "keys", keyspace.forget(keyspace.named(str(company_id))))
    letters = dead_letters.purge(leftovers.letters_of(company_id), by="deletion")
    return count + note("sqs", "dead_letters", letters.done)


def _remove(document: Any, home: Scope, *, told: Told) -> int:  # noqa: ANN401  MongoEngine is untyped
    name = declarations.collection_name(document)

    def counted(removed: int) -> None:
        deletions.count(home.company_id, store="mongodb", name=name, removed=removed)

    def before(ids: list[Any]) -> None:
        told(name, len(ids))
        _forget_history(home.company_id, ids, told=told)

    return removal.remove(document, home, counted=counted, before=before)


def _let_people_go(company_id: ObjectId, *, told: Told) -> int:
    count = 0
    while (going := auth_api.departing(company_id)).memberships:
        told("memberships", len(going.memberships))
        _forget_history(company_id, [*going.memberships, *going.identities], told=told)
        count += removal.rested(
            partial(transaction.run, partial(_depart, company_id), max_seconds=removal.PATIENCE_SECONDS)
        )
    return count


def _depart(company_id: ObjectId) -> int:
    gone: Departed = auth_api.depart(company_id)
    for name, ids in (("memberships", gone.memberships), ("identities", gone.identities)):
        deletions.count(company_id, store="mongodb", name=name, removed=len(ids))
    return len(gone.memberships) + len(gone.identities)


def _forget_history(company_id: ObjectId, ids: list[Any], *, told: Told) -> None:
    """Have what staff have noted of these go first: afterwards nobody knows any more whose they were."""
    _note(company_id, "postgresql", "django_admin_log", staff_api.forget_history(ids), told=told)


def _note(company_id: ObjectId, store: str, name: str, removed: int, *, told: Told) -> int:
    deletions.count(company_id, store=store, name=name, removed=removed)
    if removed:
        told(name, removed)
    return removed


def _destroy_key(company_id: ObjectId) -> None:
    count = tenants_api.destroy_data_keys(company_id)
    deletions.count(company_id, store="mongodb", name="data_keys", removed=count)
    deletions.note_key_destroyed(company_id, at=clock.now())


def _last_request_ends(deletion: DeletionRecord) -> datetime:
    return deletion.asked_at + _HEARD + timedelta(milliseconds=settings.REQUEST_TIMEOUT_MS)


def _wait_until(moment: datetime, *, told: Told) -> None:
    while (left := (moment - clock.now()).total_seconds()) > 0:
        told("", 0)
        time.sleep(min(left, _LOOK_SECONDS))
