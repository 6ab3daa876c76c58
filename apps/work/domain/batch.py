"""Several changes of tasks in one request: each of them happens or is refused by itself, and none sees half of another.

A write that fails inside a MongoDB transaction ends the transaction, so no write may fail:

1. Read all that the steps touch, by at most four commands (`batch_ledger.read`).
2. Rehearse the steps one after the other in memory; what is not allowed is refused there (`batch_ledger.Ledger`).
3. Write what the rehearsal leads to, by at most seven commands and one per project that gets tasks (`batch_writing`).

What somebody else changes in between makes the transaction start again from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.work.domain import batch_ledger, batch_writing
from novapulse.errors import Denied, Trouble
from novapulse.resilience import deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bson import ObjectId

    from apps.work.domain.batch_ledger import Ledger
    from apps.work.domain.bulk_create import NewTask

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Creation:
    """Make a task in a project."""

    project_id: ObjectId
    new: NewTask


@dataclass(frozen=True, slots=True)
class Change:
    """Change a task that still has this version."""

    task_id: ObjectId
    version: int
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deletion:
    """Delete a task that still has this version."""

    task_id: ObjectId
    version: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """What could not even be understood, and why."""

    trouble: Trouble


Step = Creation | Change | Deletion | Refusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step: the task as it was right after it (None when it is gone), or why it was refused."""

    task: Document | None = None
    trouble: Trouble | None = None


def perform(steps: Sequence[Step]) -> list[Outcome]:
    """Do the steps in order, inside the caller's transaction, and tell the outcome of each."""
    ledger = batch_ledger.read(
        task_ids={step.task_id for step in steps if isinstance(step, Change | Deletion)},
        creations=[(step.project_id, step.new) for step in steps if isinstance(step, Creation)],
        changes=[(step.task_id, step.changes) for step in steps if isinstance(step, Change)],
    )
    held = {kind: auth_api.holds(permission) for kind, permission in _PERMISSIONS.items()}
    outcomes = [_outcome(step, ledger=ledger, held=held) for step in steps]
    batch_writing.write(ledger)
    audit_api.record(_denied(step) for step, outcome in zip(steps, outcomes, strict=True) if _is_denied(outcome))
    return outcomes


def _is_denied(outcome: Outcome) -> bool:
    return isinstance(outcome.trouble, Denied)


def _denied(step: Step) -> Entry:
    refused = audit_api.Outcome.REFUSED
    return Entry(Action.ACCESS_DENIED, _PERMISSIONS[type(step)], kind="permission", outcome=refused, reason=Denied.code)


def _outcome(step: Step, *, ledger: Ledger, held: Mapping[type, bool]) -> Outcome:
    deadline.check()
    try:
        if isinstance(step, Refusal):
            raise step.trouble
        if not held[type(step)]:
            raise Denied
        return Outcome(task=_REHEARSALS[type(step)](ledger, step))
    except Trouble as trouble:
        return Outcome(trouble=trouble)


_PERMISSIONS: Mapping[type, str] = {Creation: "tasks.create", Change: "tasks.update", Deletion: "tasks.delete"}

_REHEARSALS: Mapping[type, Callable[[Ledger, Any], Document | None]] = {
    Creation: lambda ledger, step: ledger.create(step.new, project_id=step.project_id),
    Change: lambda ledger, step: ledger.change(step.task_id, version=step.version, changes=step.changes),
    Deletion: lambda ledger, step: ledger.delete(step.task_id, version=step.version),
}
