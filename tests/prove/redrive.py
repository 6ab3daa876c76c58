"""A thousand dead letters are redriven by the command, which is killed half-way and run again."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from bson import ObjectId

from novapulse.tenancy import scope
from tests.prove.chores import tasks
from tests.prove.fleet import ROOT
from tests.prove.kennel import kennel
from tests.prove.proof import Claim, Proof
from tests.prove.work import effects, stored, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.proof import Row
    from tests.prove.work import Stored
    from tests.prove.world import World

_MOST_HIDDEN_SECONDS = 330  # what a killed run had in hand shows again after five minutes


def redriven(world: World) -> Iterator[Row]:
    """Let tasks die, then redrive them by three runs of which the first is killed; each runs once more and is done."""
    count = world.size.letters
    with stored(world) as database, kennel(world) as keeper:
        keeper.work(threads=8)
        company = ObjectId()
        with scope.company(company, location="DE"):
            for number in range(1, count + 1):
                tasks.die_first.enqueue(number)
        until(lambda: _dead(database) == count and database.outbox.count_documents({}) == 0)
        with scope.company(company, location="DE"):
            tasks.note(0, kind=tasks.AMNESTY)
        began = time.monotonic()
        killed = _redrive()
        until(lambda: _dead(database) <= count // 2)
        killed.kill()
        killed.wait()
        at_kill, killed_after = count - _dead(database), time.monotonic() - began
        began = time.monotonic()
        second = _told(_redrive())
        second_took = time.monotonic() - began
        third = _last(database)
        is_over = until(lambda: database.outbox.count_documents({}) == 0 and effects(database).total() > 2 * count)
        happened = effects(database)
    wrong = sum((happened[-number], happened[number]) != (1, 1) for number in range(1, count + 1))
    figure = f"{wrong} of {count} not just once; killed after {at_kill} in {killed_after:.1f} s"
    yield Claim("dead letters redriven, killed half-way and resumed", "inbox: only the dead are revived", "0").row(
        f"{figure}; then {second_took:.1f} s: {second}; then: {third}", count=count, held=is_over and wrong == 0
    )


def _dead(database: Stored) -> int:
    return database.inbox.count_documents({"status": "dead"})


def _redrive() -> subprocess.Popen[str]:
    argv = [sys.executable, "manage.py", "dlq", "redrive", "--queue", "default"]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own program


def _told(run: subprocess.Popen[str]) -> str:
    return run.communicate()[0].strip()


def _last(database: Stored) -> str:
    """Wait until what the killed run had in hand shows again, and redrive that."""
    told: list[str] = []

    def all_revived() -> bool:
        if _dead(database):
            time.sleep(10)
            told.append(_told(_redrive()))
        return not _dead(database)

    until(all_revived, seconds=_MOST_HIDDEN_SECONDS)
    return told[-1] if told else "nothing was left"


PROOFS = (Proof("redriven", redriven, in_short=False),)
