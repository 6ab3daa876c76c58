"""Runs a probe and says what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bson
from mongoengine import Document
from mongoengine.queryset.base import BaseQuerySet
from pymongo.command_cursor import CommandCursor
from pymongo.cursor import Cursor

from novapulse.tenancy.scope import company
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO, MARKER, World, bravos, settle

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Probe:
    """A way to Bravo's data: what it is called, and what Alpha does."""

    path: str
    act: Callable[[World], Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a probe brought: did it show anything of Bravo's, did it change anything of Bravo's, and its answer."""

    leaked: bool
    altered: bool
    answer: str

    @property
    def breached(self) -> bool:
        """Say whether the wall was broken."""
        return self.leaked or self.altered


def attempt(probe: Probe, world: World) -> Outcome:
    """Run the probe in Alpha's scope, with and without Bravo in the database.

    An answer that contains Bravo's marker leaks. So does one that depends on whether Bravo is there; a refusal by its
    kind alone is no answer, since an id that is taken must be refused.
    """
    settle(world, tenants=(ALPHA,))
    alone = _answer(probe, world)
    settle(world, tenants=(ALPHA, BRAVO))
    before = bravos(world)
    answer = _answer(probe, world)
    altered = bravos(world) != before and not _only_seen(world, before)
    leaked = MARKER in answer or (answer != alone and not _raised(answer))
    return Outcome(leaked=leaked, altered=altered, answer=answer)


def _only_seen(world: World, before: list[object]) -> bool:
    """Tell what Bravo itself did behind the probe's back (a counter, or a pointer) from harm."""
    world.plain[world.name]["tasks"].update_one(
        {"_id": BRAVO.task_id}, {"$unset": {"seen": 1}, "$set": {"owner": BRAVO.owner_id}}
    )
    return bravos(world) == before


def _answer(probe: Probe, world: World) -> str:
    with company(ALPHA.company_id, location=ALPHA.location):
        try:
            return _rendered(probe.act(world))
        except Exception as error:  # noqa: BLE001  whatever it is, it is the answer
            return f"{type(error).__name__}: {error}"[:300]


def _raised(answer: str) -> bool:
    return answer.partition(":")[0].isidentifier() and ": " in answer[:60]


def _rendered(value: Any) -> str:
    if isinstance(value, Document):
        return repr(value.to_mongo().to_dict())
    if isinstance(value, Cursor | CommandCursor | BaseQuerySet):
        return _rendered(list(value))
    if isinstance(value, bytes):
        return _rendered(_decoded(value))
    if isinstance(value, Mapping):
        return repr({key: _rendered(item) for key, item in value.items()})
    if isinstance(value, str) or not isinstance(value, Iterable):
        return _without_address(value)
    return repr([_rendered(item) for item in value])


def _decoded(value: bytes) -> Any:
    try:
        return bson.decode_all(value)
    except bson.errors.InvalidBSON:
        return value.decode()


def _without_address(value: Any) -> str:
    result = getattr(value, "raw_result", None)
    if result is not None:
        return f"{result.get('n')} done"
    return type(value).__name__ if hasattr(value, "acknowledged") else repr(value)
