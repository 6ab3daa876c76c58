"""Prints the table of isolation probes: each path, without the scope and with it.

Run as `python -m benchmarks.isolation_probes [mongodb://...]`; without an address it takes the settings' server. It
works in a database of its own, which it drops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

from benchmarks.address import mongo_uri
from novapulse.tenancy import document, guard
from novapulse.tenancy.client import ScopedMongoClient
from tests.novapulse.tenancy.probes import documents
from tests.novapulse.tenancy.probes.catalogue import PROBES
from tests.novapulse.tenancy.probes.run import Outcome, attempt
from tests.novapulse.tenancy.probes.world import OTHER_DATABASE_SUFFIX, PLATFORM, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.novapulse.tenancy.probes.run import Probe

_DATABASE = "isolation_probes"
Row = tuple["Probe", Outcome, Outcome]


def main() -> None:
    """Run all probes both ways and print what came of them."""
    rows = list(_rows(mongo_uri(__doc__)))
    _print(rows)
    raise SystemExit(any(scoped.breached or not bare.breached for _, bare, scoped in rows) or guard.violations() > 0)


def _rows(uri: str) -> Iterator[Row]:
    listeners = [guard.TenancyGuard(PLATFORM)]
    with (
        MongoClient[dict[str, Any]](uri, tz_aware=True) as plain,
        ScopedMongoClient[dict[str, Any]](
            uri, tz_aware=True, platform_collections=PLATFORM, event_listeners=listeners
        ) as client,
    ):
        documents.Bare.database = lambda: plain[_DATABASE]
        document.use_database(lambda: client[_DATABASE])
        scoped = World(client=client, name=_DATABASE, documents=documents.SCOPED, plain=plain)
        bare = World(client=plain, name=_DATABASE, documents=documents.BARE, plain=plain)
        for probe in PROBES:
            yield probe, attempt(probe, bare), attempt(probe, scoped)
        for name in (_DATABASE, _DATABASE + OTHER_DATABASE_SUFFIX):
            plain.drop_database(name)


def _print(rows: list[Row]) -> None:
    table = Table("path", "without the scope", "with the scope", title="Isolation probes")
    for probe, bare, scoped in rows:
        table.add_row(probe.path, _said(bare), _said(scoped))
    console = Console()
    console.print(table)
    broken = sum(bare.breached for _, bare, _ in rows)
    held = sum(not scoped.breached for _, _, scoped in rows)
    console.print(f"{len(rows)} probes: {broken} break in without the scope, {held} are held with it.")
    console.print(f"The guard counted {guard.violations()} violations.")


def _said(outcome: Outcome) -> str:
    breaches = [word for word, done in (("LEAKS", outcome.leaked), ("ALTERS", outcome.altered)) if done]
    if breaches:
        return " and ".join(breaches)
    kind = outcome.answer.partition(":")[0]
    return kind if kind.isidentifier() and outcome.answer.startswith(f"{kind}: ") else "own data or nothing"


if __name__ == "__main__":
    main()
