"""Parts of the start page: each answers a request of its own, so that one whose store is away hides no other.

    @part
    class Queues(Part):
        name, title = "queues", "Queues"

        def read(self, request):
            return Content(figures=(Figure("Unfinished", "12"),))

The site makes routes of the parts (`routes`), in the order in which they were made known; the page itself reads nothing
(`known`), and its script asks for the parts again and again (apps/staff/static/staff/home.js).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.template.response import TemplateResponse
from django.urls import path, reverse

from novapulse import clock
from novapulse.web import problems

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its name, and what is to be known of it; tone: `good`, `bad` or none."""

    label: str
    value: str
    hint: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: a value for each moment, None where nothing is known; colour: a variable of the style."""

    label: str
    values: Sequence[float | None]
    colour: str = "--color-primary-500"


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over time. label: what it shows, in words, for who does not see it."""

    name: str
    title: str
    label: str
    moments: Sequence[datetime]
    lines: tuple[Line, ...]
    unit: str = ""

    @property
    def data(self) -> str:
        """Give it as Unfold's component wants it: Chart.js' data, as JSON."""
        sets = [
            {
                "label": line.label,
                "data": list(line.values),
                "borderColor": f"var({line.colour})",
                "displayYAxis": True,
                "suffixYAxis": self.unit,
                "maxTicksXLimit": 4,
            }
            for line in self.lines
        ]
        return json.dumps({"labels": [f"{at:%H:%M:%S}" for at in self.moments], "datasets": sets})


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table that leads somewhere."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns: the first one names, the others are figures. empty: what is said where there are no rows."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str | Cell, ...]]
    empty: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a part shows. trouble: what it cannot show at present, and why. more: where to see all of it."""

    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    table: Table | None = None
    trouble: str = ""
    more: Cell | None = None


class Part:
    """A part of the start page. is_wide: whether it takes the whole width."""

    name: ClassVar[str]
    title: ClassVar[str]
    explanation: ClassVar[str] = ""
    is_wide: ClassVar[bool] = False

    def read(self, request: HttpRequest) -> Content:
        """Read what there is at present; what the stores raise is said in its place."""
        raise NotImplementedError


_parts: Final[list[type[Part]]] = []


def part(kind: type[Part]) -> type[Part]:
    """Have the start page show it."""
    _parts.append(kind)
    return kind


def known(site: AdminSite) -> list[dict[str, Any]]:
    """Give what the page has to know of each part: its class, and where to ask for it."""
    return [{"part": kind, "address": reverse(f"{site.name}:part-{kind.name}")} for kind in _parts]


def routes(site: AdminSite) -> list[URLPattern]:
    """Give the routes of all parts: `part-<name>`."""
    return [
        path(f"parts/{kind.name}/", site.admin_view(_Shown(kind()).show), name=f"part-{kind.name}") for kind in _parts
    ]


@dataclass(frozen=True, slots=True)
class _Shown:
    part: Part

    def show(self, request: HttpRequest) -> HttpResponse:
        content, status = self._read(request)
        known = {"part": self.part, "content": content, "at": clock.now()}
        return TemplateResponse(request, "admin/part.html", known, status=status)

    def _read(self, request: HttpRequest) -> tuple[Content, int]:
        try:
            return self.part.read(request), 200
        except problems.EXPECTED as error:
            trouble = problems.trouble_of(error)
            return Content(trouble=trouble.detail), problems.status_of(trouble)
