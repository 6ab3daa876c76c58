"""One tree of trouble: eight families, each saying what kind of trouble it is.

    Trouble
    ├── Invalid          what was sent cannot be taken
    ├── Unauthenticated  we do not know who is asking
    ├── Denied           we know, and they may not
    ├── NotFound         there is no such thing, or it is not yours
    ├── Conflict         it does not fit the state that we hold
    ├── TooMany          slow down
    ├── Unavailable      a dependency is away; nothing was done
    └── TimedOut         the time ran out; the outcome may be unknown

Apps subclass a family in their own `errors.py`. The class's docstring is the sentence that a client reads, `code` the
word that a program reads. HTTP numbers are known in `novapulse.web` alone: to `problems`, and to `refusals` its own.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: where (a JSON pointer, or `?name` for a query parameter), a code, a sentence."""

    pointer: str
    code: str
    detail: str


class Trouble(Exception):  # noqa: N818  the families are named after the trouble, not after Python
    """Something went wrong."""

    code: ClassVar[str] = "trouble"
    extensions: Mapping[str, object] = MappingProxyType({})  # further members of the problem document (RFC 9457, 3.2)

    def __init__(self, detail: str | None = None, *, fields: tuple[FieldError, ...] = ()) -> None:
        """Take a sentence for this case, or else the class's own, and the fields that are to blame."""
        self.detail = detail or sentence(type(self))
        self.fields = fields
        super().__init__(self.detail)


def sentence(trouble: type[Trouble]) -> str:
    """Give what a trouble says of itself: the first line of its docstring, or else of its family's."""
    return (inspect.getdoc(trouble) or "").partition("\n")[0]


class Invalid(Trouble):
    """The request is not valid."""

    code = "invalid"


class Unauthenticated(Trouble):
    """A valid credential is needed."""

    code = "unauthenticated"


class InvalidToken(Unauthenticated):
    """A valid credential is needed."""  # in the very words of its family: a bad token tells no more than none


class Denied(Trouble):
    """Your role, or what your credential is narrowed to, does not allow this."""

    code = "denied"


class NotFound(Trouble):
    """There is no such resource."""

    code = "not-found"


class Conflict(Trouble):
    """The request does not fit the present state of the resource."""

    code = "conflict"


class TooMany(Trouble):
    """Too many requests; slow down."""

    code = "too-many-requests"

    def __init__(self, detail: str | None = None, *, retry_after_seconds: int = 1) -> None:
        """Take, besides the sentence, the seconds after which a retry may succeed."""
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Trouble):
    """A service that this needs is not available; nothing was changed, so a retry is safe."""

    code = "unavailable"
    retry_after_seconds: int = 2


class Overloaded(Unavailable):
    """Too much of this is going on at the moment; nothing was changed, so a retry is safe."""

    code = "overloaded"


class TimedOut(Trouble):
    """The time for this request ran out; `outcome` tells what became of its changes."""

    code = "timed-out"

    def __init__(self, detail: str | None = None, *, phase: str = "python") -> None:
        """Take, besides the sentence, what was being done or waited for: `gate`, `database`, `queue`, `python`."""
        super().__init__(detail)
        self.phase = phase
