"""What a piece of work writes into MongoDB, and in which transactions: for tests of what must be written together."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITES = frozenset({"insert", "update", "delete", "findAndModify"})


@dataclass(frozen=True)
class Write:
    """A command that writes: into which collection, in which transaction; None outside of any."""

    collection: str
    transaction: tuple[str, int] | None


@contextmanager
def noted() -> Iterator[list[Write]]:
    """Note every write of this process, of all its threads."""
    from novapulse.tenancy.guard import TenancyGuard  # noqa: PLC0415  once the apps are ready

    writes: list[Write] = []
    look = TenancyGuard.started

    def started(guard: TenancyGuard, event: Any) -> None:
        if event.command_name in _WRITES:
            writes.append(Write(str(event.command[event.command_name]), _transaction(event.command)))
        look(guard, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TenancyGuard, "started", started)
        yield writes


def unrecorded(writes: list[Write], *, passed_over: frozenset[str]) -> list[Write]:
    """Give the writes that share no transaction with a record of the audit."""
    recorded = {each.transaction for each in writes if each.collection == "audit_pending"}
    ours = {"audit_pending", *passed_over}
    return [
        each
        for each in writes
        if each.collection not in ours and (each.transaction is None or each.transaction not in recorded)
    ]


def _transaction(command: Any) -> tuple[str, int] | None:
    if command.get("autocommit") is not False:
        return None
    return str(command["lsid"]["id"]), int(command["txnNumber"])
