"""The front door of the audit app: how apps above write down what they do.

`record([Entry(Action.TASK_UPDATED, task_id, changed=changes)])` stands in the domain, inside the transaction of
the change; `note` writes down what changes nothing.
"""

from __future__ import annotations

from apps.audit.conf import PLATFORM
from apps.audit.domain.actors import Actor
from apps.audit.domain.ending import DOCUMENTS, ChainEnd, end_of
from apps.audit.domain.inspection import RECENT, Look, last_look, look, tampered
from apps.audit.domain.records import Entry, note, record
from apps.audit.domain.refusals import find_by as find_owners_by
from apps.audit.domain.refusals import note_denied
from apps.audit.domain.sealer import sealer
from apps.audit.domain.sealing import seal, seal_waiting
from apps.audit.domain.search import AuditSearch, page, present
from apps.audit.domain.verification import Anchors, Verdict, anchors_in, length, verify
from apps.audit.enums import Action, ActorKind, Outcome

__all__ = [
    "DOCUMENTS",
    "PLATFORM",
    "RECENT",
    "Action",
    "Actor",
    "ActorKind",
    "Anchors",
    "AuditSearch",
    "ChainEnd",
    "Entry",
    "Look",
    "Outcome",
    "Verdict",
    "anchors_in",
    "end_of",
    "find_owners_by",
    "last_look",
    "length",
    "look",
    "note",
    "note_denied",
    "page",
    "present",
    "record",
    "seal",
    "seal_waiting",
    "sealer",
    "tampered",
    "verify",
]
