"""Mechanisms of the audit, each to be taken out once, as `mechanisms` does with those of the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.audit.documents import AuditPending
from apps.audit.domain import chain, records
from apps.audit.domain.sealer import Sealer
from novapulse.data import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

    Patch = pytest.MonkeyPatch


def _record_outside_of_the_transaction(patch: Patch) -> None:
    """Write records by a connection of their own, as a log or a listener would: before the change is committed."""

    def insert(documents: list[dict[str, Any]]) -> None:
        if documents:
            client = registry.provider("mongodb").client()
            with client.start_session() as session:
                AuditPending.collection().insert_many(documents, session=session)

    patch.setattr(records, "_insert", insert)


def _seal_only_what_one_was_woken_for(patch: Patch) -> None:
    """Leave what others have left."""
    look = Sealer._look
    patch.setattr(Sealer, "_look", lambda self, ids: look(self, ids or set()))


def _seal_without_a_key(patch: Patch) -> None:
    """Trust the hash alone, which anybody can compute."""
    for name in ("seal", "head_seal"):
        patch.setattr(chain, name, lambda *_, **__: b"")


def _wake_nobody(patch: Patch) -> None:
    """Leave everything to a sweep that comes each five seconds."""
    patch.setattr(Sealer, "wake", lambda *_: None)
    patch.setattr("apps.audit.conf.SWEEP_SECONDS", 5.0)


AUDIT_MECHANISMS: Mapping[str, Callable[[Patch], None]] = {
    "audit-transaction": _record_outside_of_the_transaction,
    "audit-sweep": _seal_only_what_one_was_woken_for,
    "audit-seal": _seal_without_a_key,
    "audit-wake": _wake_nobody,
}
