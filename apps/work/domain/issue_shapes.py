"""The shapes of exports: by its header each is known, and where in a row which field of a task stands."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from apps.work.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIELDS: Final = (
    "external_key",
    "title",
    "description",
    "status",
    "priority",
    "assignee",
    "labels",
    "points",
    "due_at",
)
REQUIRED: Final = ("external_key", "title")  # by its key a row becomes a task once, however often it comes


@dataclass(frozen=True, slots=True)
class Shape:
    """What an exporter calls the fields, in lower case.

    `is_verbatim` where cells are just what a task holds; `label_noise` is what it puts behind a label (a pattern).
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    is_verbatim: bool = False
    label_noise: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields stand: for each that the file has, its columns, of which only labels may have several."""

    places: Mapping[str, tuple[int, ...]]
    shape: Shape


OURS: Final = Shape("novapulse", MappingProxyType({field: (field,) for field in FIELDS}), is_verbatim=True)
SHAPES: Final = (
    OURS,
    Shape(
        "jira",
        {
            "external_key": ("issue key",),
            "title": ("summary",),
            "description": ("description",),
            "status": ("status",),
            "priority": ("priority",),
            "assignee": ("assignee",),
            "labels": ("labels",),
            "points": ("story points", "custom field (story points)", "custom field (story point estimate)"),
            "due_at": ("due date", "due"),
        },
    ),
    Shape(
        "trello",
        {
            "external_key": ("card id",),
            "title": ("card name",),
            "description": ("card description",),
            "status": ("list name",),
            "assignee": ("members",),
            "labels": ("labels",),
            "due_at": ("due date",),
        },
        label_noise=r" \([a-z_ ]+\)\Z",  # `bug (red)`
    ),
    Shape(
        "github",
        {
            "external_key": ("number", "issue number", "issue_number"),
            "title": ("title",),
            "description": ("body",),
            "status": ("state",),
            "assignee": ("assignees", "assignee"),
            "labels": ("labels",),
        },
    ),
    Shape(  # the data set of M. Choetkiertikul et al., "A deep learning model for estimating story points" (2018)
        "story-points",
        {
            "external_key": ("issuekey",),
            "title": ("title",),
            "description": ("description",),
            "points": ("storypoint",),
        },
    ),
)


def layout(header: Sequence[str], *, mapping: Mapping[str, str]) -> Layout:
    """Recognise the header of an export.

    mapping: for a column, the field (one of `FIELDS`) that it is, beside or instead of what is recognised.

    Raises UnreadableFile where no column is the key or the title, or a mapped column is not there.
    """
    names = [name.strip().lower() for name in header]
    mapped = _mapped(names, mapping)
    for shape in SHAPES:
        places = {**_places(names, shape), **mapped}
        if all(field in places for field in REQUIRED):
            return Layout(places, shape)
    raise UnreadableFile(
        "The header lacks a key and a title, by the names of Jira, Trello, GitHub or our own "
        f"({', '.join(REQUIRED)}); a mapping can say which columns they are."
    )


def _places(names: list[str], shape: Shape) -> dict[str, tuple[int, ...]]:
    found = {}
    for field, known in shape.columns.items():
        places = [place for place, name in enumerate(names) if name in known]
        if places:
            found[field] = tuple(places) if field == "labels" else (places[0],)
    return found


def _mapped(names: list[str], mapping: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for column, field in mapping.items():
        places = tuple(place for place, name in enumerate(names) if name == column.strip().lower())
        if not places:
            raise UnreadableFile(f"The header has no column {column[:50]!r}, which the mapping names.")
        found[field] = (*found.get(field, ()), *places) if field == "labels" else places[:1]
    return found
