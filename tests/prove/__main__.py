"""Prove the promises with real faults: `make prove`, `make prove ARGS="--short revocation"`.

Prints one table and ends with 1 where a promise is broken. `--without MECHANISM` serves with a mechanism taken out;
`--controls` does that for every mechanism in turn, and ends with 1 where the proof of it holds all the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.prove.proof import Claim
from tests.prove.sizes import FULL, SHORT
from tests.prove.world import PROCESSES, World, stores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.prove.proof import Proof, Row

_LOG_COLUMNS = 190


def main() -> None:
    """Run the proofs that are named, or all."""
    wanted = _arguments()
    console = Console(width=None if sys.stdout.isatty() else _LOG_COLUMNS)
    started = time.monotonic()
    with stores(SHORT if wanted.short or wanted.controls else FULL) as world:
        from tests.prove.catalogue import PROOFS  # noqa: PLC0415  once Django is set up

        unknown = sorted(set(wanted.proofs) - {proof.name for proof in PROOFS})
        if unknown:
            raise SystemExit(f"No proof {', '.join(unknown)}; there are {', '.join(proof.name for proof in PROOFS)}.")
        by_itself = [proof.name for proof in PROOFS if proof.in_short or not wanted.short]
        chosen = [proof for proof in PROOFS if proof.name in (wanted.proofs or by_itself)]
        world.without = wanted.without
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as bar:
            good = _controlled(world, chosen, bar) if wanted.controls else _proven(world, chosen, bar)
    console.print(f"{time.monotonic() - started:.0f} s")
    raise SystemExit(0 if good else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("proofs", nargs="*", help="names of proofs; by default all")
    parser.add_argument("--short", action="store_true", help="a few trials of each: minutes instead of half an hour")
    parser.add_argument("--without", default="", metavar="MECHANISM", help="serve with this mechanism taken out")
    parser.add_argument("--controls", action="store_true", help="take out each mechanism in turn; its proofs must fail")
    return parser.parse_args()


def _proven(world: World, proofs: Sequence[Proof], bar: Progress) -> bool:
    rows = _rows(world, proofs, bar)
    bar.console.print(_table(rows))
    broken = [row.promise for row in rows if not row.held]
    bar.console.print(
        f"{len(rows) - len(broken)} of {len(rows)} held.", *(f"BROKEN: {each}" for each in broken), sep="\n"
    )
    return not broken


def _rows(world: World, proofs: Sequence[Proof], bar: Progress) -> list[Row]:
    rows: list[Row] = []
    task = bar.add_task("starting four processes", total=None)
    with _crippled(world.without), world.more(*[{}] * PROCESSES) as world.fleet:
        for number, proof in enumerate(proofs, start=1):
            bar.update(task, description=f"{number} of {len(proofs)}: {proof.name}")
            began = time.monotonic()
            for row in _tried(proof, world):
                rows.append(row)
                bar.console.print(f"{'held  ' if row.held else 'BROKEN'}  {row.promise}: {row.figure}", highlight=False)
            bar.console.print(f"{proof.name}: {time.monotonic() - began:.0f} s", highlight=False)
        rows.append(_nothing_blew_up(world))
    bar.remove_task(task)
    return rows


@contextmanager
def _crippled(mechanism: str) -> Iterator[None]:
    """Take a mechanism out of this process as well, for what proofs do by calling the domain."""
    from tests.prove.mechanisms import MECHANISMS  # noqa: PLC0415  once Django is set up

    if mechanism and mechanism not in MECHANISMS:
        raise SystemExit(f"No mechanism {mechanism}; there are {', '.join(MECHANISMS)}.")
    with pytest.MonkeyPatch.context() as patch:
        if mechanism:
            MECHANISMS[mechanism](patch)
        yield


def _tried(proof: Proof, world: World) -> Iterator[Row]:
    """Run a proof; in short, where it guards a landing on whatever machine there is, once more if it breaks."""
    if world.size is not SHORT or world.without:
        yield from _attempted(proof, world)
        return
    first = list(_attempted(proof, world))
    before = {row.promise: row.figure for row in first if not row.held}
    for row in _attempted(proof, world) if before else first:
        tried = before.get(row.promise)
        yield row if tried is None else replace(row, figure=f"{row.figure} (first try: {tried})")


def _attempted(proof: Proof, world: World) -> Iterator[Row]:
    """Run a proof; one that cannot even be carried out has failed."""
    try:
        yield from proof.run(world)
    except Exception as error:  # noqa: BLE001  the other proofs go on, and the table tells
        figure = f"{type(error).__name__}: {str(error)[:200]}"
        yield Claim(f"{proof.name}: carried out", "", "").row(figure, count=0, held=False)
        world.start_redis()


def _nothing_blew_up(world: World) -> Row:
    found = world.fleet.tracebacks()
    sys.stderr.write("".join(found))
    return Claim("tracebacks in the logs of all", "", "0").row(str(len(found)), count=PROCESSES, held=not found)


def _table(rows: Sequence[Row]) -> Table:
    table = Table("promise", "mechanism", "N", "figure", "bound", "held")
    for row in rows:
        held = "[green]yes[/]" if row.held else "[bold red]NO[/]"
        table.add_row(row.promise, row.mechanism, str(row.count), row.figure, row.bound, held)
    return table


def _controlled(world: World, proofs: Sequence[Proof], bar: Progress) -> bool:
    """Take each mechanism out in turn: at least one row of the proof that stands on it must break."""
    table = Table("without", "proof", "what broke", "broke")
    good = True
    for proof in proofs:
        for mechanism in proof.needs:
            world.without = mechanism
            broken = [row for row in _rows(world, [proof], bar) if not row.held]
            good = good and bool(broken)
            shown = "\n".join(f"{row.promise}: {row.figure} (bound: {row.bound})" for row in broken[:3])
            table.add_row(mechanism, proof.name, shown, "[green]yes[/]" if broken else "[bold red]NO[/]")
    bar.console.print(table)
    return good


if __name__ == "__main__":
    main()
