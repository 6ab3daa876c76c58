"""Records: written in the transaction of the change that they tell of, so that neither is there without the other."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId

from apps.audit import conf
from apps.audit.documents import AuditPending
from apps.audit.domain import actors, chain
from apps.audit.domain.sealer import sealer
from apps.audit.enums import Outcome
from novapulse import clock, context, log
from novapulse.data import transaction
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from apps.audit.domain.actors import Actor
    from apps.audit.enums import Action
    from novapulse.tenancy.scope import Scope

_logger = logging.getLogger("novapulse.audit")

Document = dict[str, Any]

_PLAIN: Final = (str, int, bool, type(None))


@dataclass(frozen=True, slots=True)
class Entry:
    """What one record tells: what was done, to what, and what of it may be told.

    id: of the target. kind: what that is, where the action's first word does not say. changed: names of fields.
    details: words, counts and flags of ours by their name (`conf.DETAILS`), a change as (before, after). reason: a word
    of ours as well; why somebody says that they do it (`Trail.reason`) takes its place. home: in whose chain it stands;
    the bound company's, unless told otherwise. by: who has done it, where the context does not tell (`actors.current`);
    what an operator does, the operator has done.

    Raises ValueError for a detail that is not among those: it could be a client's text.
    """

    action: Action
    id: ObjectId | str | None = None
    kind: str | None = None
    changed: Iterable[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.SUCCESS
    reason: str | None = None
    home: Scope | None = None
    by: Actor | None = None

    def __post_init__(self) -> None:
        """Refuse what may not be told."""
        for name, value in self.details.items():
            values = value if isinstance(value, tuple) else (value,)
            if name not in conf.DETAILS or not all(map(_is_harmless, values)):
                raise ValueError(f"{name} is no detail that the audit tells.")


def record(entries: Iterable[Entry]) -> None:
    """Write records of a change inside its transaction, however many: one command; none for no entries.

    Raises RuntimeError where no transaction is under way: the change could be without its record.
    """
    if not transaction.is_under_way():
        raise RuntimeError("A record is written in the transaction of its change: open one around both.")
    _insert([_document(each) for each in entries])


def note(entries: Iterable[Entry]) -> None:
    """Write records of what has changed nothing, such as a refusal or a read: one command, outside of a transaction.

    Raises RuntimeError inside one: what is undone there would take the record with it.
    """
    if transaction.is_under_way():
        raise RuntimeError("A transaction is under way, which may be undone: `record` is for that.")
    _insert([_document(each) for each in entries])


def _insert(documents: list[Document]) -> None:
    if documents:
        AuditPending.collection().insert_many(documents)
        transaction.on_commit(partial(_pass_on, documents))


def _pass_on(documents: list[Document]) -> None:
    """Have them sealed, and put them into the audit's stream of the log: a line for each kind of act."""
    sealer.wake({document["company_id"] for document in documents})
    alike: dict[tuple[Any, ...], list[Document]] = defaultdict(list)
    for each in documents:
        alike[each["company_id"], each["action"], each["outcome"], each["reason"]].append(each)
    for (company_id, action, outcome, reason), some in alike.items():
        targets = [each["target"]["id"] for each in some if each["target"] is not None]
        told = {"action": action, "outcome": outcome, "reason": reason, "targets": targets, "count": len(some)}
        log.event(_logger, "audit.recorded", company_id=company_id, **told)


def _document(entry: Entry) -> Document:
    trail, home = context.trail(), entry.home or scope.current()
    document: Document = {
        "_id": ObjectId(),
        "company_id": home.company_id,
        "location": home.location,
        "at": clock.now(),
        "action": entry.action.value,
        "outcome": entry.outcome.value,
        "reason": (trail and trail.reason) or entry.reason,
        "actor": actors.current(entry.by).stored(),
        "target": None if entry.id is None else {"type": entry.kind or _kind(entry.action), "id": entry.id},
        "changed": sorted(entry.changed),
        "details": {name: _told(value) for name, value in entry.details.items()},
        "request_id": None if trail is None or trail.request_id == context.NO_REQUEST else trail.request_id,
        "trace_id": (trail and trail.trace_id) or None,
        "address": (trail and trail.address) or None,
    }
    return {**document, "mac": chain.mac(document)}


def _kind(action: Action) -> str:
    return action.value.partition(".")[0]


def _told(value: Any) -> Any:  # noqa: ANN401  a detail is any of a few
    return {"from": value[0], "to": value[1]} if isinstance(value, tuple) else value


def _is_harmless(value: object) -> bool:
    return isinstance(value, _PLAIN) and (not isinstance(value, str) or len(value) <= conf.DETAIL_MAX)
