"""What a benchmark's companies are like: how large each is, and what stands in it; by a seed, the same each time.

- Tasks follow Zipf's law over the companies: the company of rank r has a share in proportion to r ** -1.2. Of 10,000
  companies the first has a fifth of all tasks (208,000 of a million), the median 8, the last 3 (Zipf 1949; 1.2 so
  that the first is as large as promised).
- People grow with the tasks to the power of 0.45, projects to the power of 0.3. A task in five was talked about.
- Three titles in ten have a description of a sentence. Times lie within two years before `END`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

EXPONENT: Final = 1.2
DOCUMENTS_PER_TASK: Final = 1.4  # itself and its comments
END: Final = datetime(2026, 11, 1, tzinfo=UTC)
_SPAN_MINUTES: Final = 2 * 365 * 24 * 60
_PEOPLE_MOST: Final = 300
# Shares of the tasks: those with a description have a due date as well, and some of them were talked about.
_TALKED_ABOUT, _DESCRIBED, _DUE, _ASSIGNED, _LABELLED = 0.2, 0.3, 0.5, 0.8, 0.6

_COUNTRIES: Final = ("DE", "FR", "US", "GB", "JP", "BR", "IN", "PL")
# As often as they shall come, in a hundred.
_STATUSES: Final = ("done",) * 55 + ("todo",) * 25 + ("in_progress",) * 10 + ("review",) * 6 + ("cancelled",) * 4
_PRIORITIES: Final = ("none",) * 30 + ("medium",) * 40 + ("low",) * 15 + ("high",) * 12 + ("urgent",) * 3
_LABELS: Final = ("backend", "frontend", "design", "docs", "bug", "customer", "ops", "legal")
_POINTS: Final = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0)
_VERBS: Final = ("Fix", "Add", "Remove", "Document", "Speed up", "Review", "Test", "Move", "Rename", "Split", "Explain")
_THINGS: Final = ("login page", "export", "scheduler", "invoice", "search", "agent", "dashboard", "backup", "importer")
_PLACES: Final = ("after an upgrade", "on slow networks", "for new customers", "in the nightly build", "under load")
_SENTENCE: Final = "It was found by a customer and happens each time."


@dataclass(frozen=True, slots=True)
class CompanySize:
    """A company by its rank, from 1, and how much is in it."""

    rank: int
    people: int
    projects: int
    tasks: int

    @property
    def slug(self) -> str:
        """Give what it is called by."""
        return f"bench-{self.rank:06}"

    @property
    def country(self) -> str:
        """Give where it is at home."""
        return _COUNTRIES[self.rank % len(_COUNTRIES)]

    def tasks_of(self, project: int) -> int:
        """Tell how many tasks a project has, the first being 0: they are dealt out in turn."""
        return (self.tasks - project + self.projects - 1) // self.projects


@dataclass(frozen=True, slots=True)
class Said:
    """A comment: who of the company's people has said what, and when."""

    author: int
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Drawn:
    """A task by its place in its company: people and projects are numbers, for whoever knows their ids."""

    project: int
    number: int
    title: str
    description: str
    status: str
    priority: str
    assignee: int | None
    reporter: int
    labels: tuple[str, ...]
    points: float | None
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    comments: tuple[Said, ...]


def sizes(*, companies: int, tasks: int) -> list[CompanySize]:
    """Deal so many tasks out to so many companies, each of which gets one at least: so it may be some more."""
    whole = sum(rank**-EXPONENT for rank in range(1, companies + 1))
    return [_size(rank, max(1, round(tasks * rank**-EXPONENT / whole))) for rank in range(1, companies + 1)]


def draw(company: CompanySize, places: range, *, seed: int) -> Iterator[Drawn]:
    """Give the tasks at these places of a company, which begin with 0; the same for the same seed and places."""
    chance = random.Random(f"{seed}:{company.rank}:{places.start}")  # noqa: S311  no secret
    return (_drawn(company, place, chance) for place in places)


def _size(rank: int, tasks: int) -> CompanySize:
    people = min(_PEOPLE_MOST, 1 + round(tasks**0.45))
    return CompanySize(rank, people=people, projects=max(1, round(tasks**0.3)), tasks=tasks)


def _drawn(company: CompanySize, place: int, chance: random.Random) -> Drawn:
    draw, people = chance.random, company.people
    created_at = END - timedelta(minutes=_SPAN_MINUTES * (company.tasks - place) / company.tasks)
    updated_at = min(END, created_at + timedelta(days=30 * draw()))
    kind = draw()
    return Drawn(
        project=place % company.projects,
        number=place // company.projects + 1,
        title=f"{_one(_VERBS, draw)} the {_one(_THINGS, draw)} {_one(_PLACES, draw)} ({place + 1})",
        description=_SENTENCE if kind < _DESCRIBED else "",
        status=_one(_STATUSES, draw),
        priority=_one(_PRIORITIES, draw),
        assignee=int(draw() * people) if kind < _ASSIGNED else None,
        reporter=int(draw() * people),
        labels=(_one(_LABELS, draw),) if kind < _LABELLED else (),
        points=_one(_POINTS, draw) if kind > _DUE else None,
        due_at=created_at + timedelta(days=1 + int(draw() * 90)) if kind < _DUE else None,
        created_at=created_at,
        updated_at=updated_at,
        comments=tuple(_said(people, updated_at, draw) for _ in range(1 + int(draw() * 3)))
        if kind < _TALKED_ABOUT
        else (),
    )


def _said(people: int, at: datetime, draw: Callable[[], float]) -> Said:
    return Said(int(draw() * people), f"I have looked at the {_one(_THINGS, draw)}.", at)


def _one(among: Sequence[T], draw: Callable[[], float]) -> T:
    """Choose one; a third of the time that `random.choice` takes, a million times over."""
    return among[int(draw() * len(among))]
