"""What apps above add to the page of something that an app below shows: sections, and what may be done.

    @section("novapulse_tenants.Company")
    class Members(Section):
        name, title = "members", "Members"

        def read(self, subject):
            return Content(table=Table(("Person", "Role"), [("Ada", "owner")], "There are none."))

    @act_on("novapulse_tenants.Company")
    @act("End all sessions")
    def end_sessions(_admin, company, _given): ...

So a company's page shows its members, and the app of companies needs not know that there are any.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, Final

from unfold.enums import ActionVariant

from novapulse import clock
from novapulse.web import problems
from novapulse.web.admin.parts import Content

if TYPE_CHECKING:
    from collections.abc import Callable


class Section:
    """A section below the fields of a page."""

    name: ClassVar[str]
    title: ClassVar[str]
    explanation: ClassVar[str] = ""

    def read(self, subject: Any) -> Content:  # noqa: ANN401  whatever the page shows
        """Read what there is at present of the subject; what the stores raise is said in its place."""
        raise NotImplementedError


_sections: Final[defaultdict[str, list[type[Section]]]] = defaultdict(list)
_acts: Final[defaultdict[str, dict[str, Any]]] = defaultdict(dict)


def section(page: str) -> Callable[[type[Section]], type[Section]]:
    """Have the page of a model, by its label, show it."""

    def added(kind: type[Section]) -> type[Section]:
        _sections[page].append(kind)
        return kind

    return added


def act_on(page: str, *, variant: ActionVariant = ActionVariant.DEFAULT) -> Callable[[Any], Any]:
    """Have the page of a model, by its label, offer an act, which is made by `acting.act`.

    variant: `DANGER` for what destroys, which stands last and in red.
    """

    def added(action: Any) -> Any:  # noqa: ANN401  Unfold's action has no type
        action.variant = variant
        _acts[page][action.__name__] = action
        return action

    return added


def acts_on(page: str) -> dict[str, Any]:
    """Give what may be done on a page besides, by name; what destroys comes last."""
    return dict(sorted(_acts[page].items(), key=lambda named: named[1].variant is ActionVariant.DANGER))


def shown_on(page: str, subject: Any) -> list[dict[str, Any]]:  # noqa: ANN401  as above
    """Read the sections of a page; one whose store is away hides no other."""
    return [{"part": kind, "content": _read(kind(), subject), "at": clock.now()} for kind in _sections[page]]


def _read(found: Section, subject: Any) -> Content:  # noqa: ANN401  as above
    try:
        return found.read(subject)
    except problems.EXPECTED as error:
        return Content(trouble=problems.trouble_of(error).detail)
