"""What is not known to be safe is refused: the closed side of PyMongo's classes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, TypeVar

from novapulse.tenancy.javascript import refuse_javascript
from novapulse.tenancy.scope import ScopeViolation, goes_across

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

C = TypeVar("C", bound=type)

# PyMongo merges further keywords into the command itself: `query` or `pipeline` would replace what was scoped.
_OPTIONS: Final = frozenset(
    {
        "allowDiskUse",
        "array_filters",
        "batchSize",
        "bypassDocumentValidation",
        "collation",
        "comment",
        "cursor",
        "explain",
        "hint",
        "let",
        "limit",
        "maxTimeMS",
        "projection",
        "return_document",
        "session",
        "skip",
        "sort",
        "upsert",
    },
)


def require_across(what: str) -> None:
    """Refuse `what` outside `across_tenants`.

    Raises ScopeViolation.
    """
    if not goes_across():
        raise ScopeViolation(f"{what} is for platform work: it needs `across_tenants(reason)`.")


def check_command_options(options: Mapping[str, Any]) -> None:
    """Refuse keywords that would change the command instead of tuning it.

    Raises ScopeViolation.
    """
    for name in options:
        if name not in _OPTIONS:
            raise ScopeViolation(f"{name} is no option that a company may pass on to MongoDB.")


def check_arguments(positional: Iterable[object], named: Mapping[str, Any]) -> None:
    """Refuse code in projections, variables and array filters.

    Raises ScopeViolation.
    """
    refuse_javascript(*positional, *named.values())


def fail_closed(*, allowed: frozenset[str]) -> Callable[[C], C]:
    """Build a class decorator: public methods that are not `allowed` need `across_tenants`.

    A method that a later PyMongo adds is therefore refused until somebody has thought about it.
    """

    def close(closed: C) -> C:
        for name in dir(closed):
            method = getattr(closed, name)
            if not name.startswith("_") and name not in allowed and callable(method):
                setattr(closed, name, _platform_only(method, what=f"{closed.__name__}.{name}"))
        return closed

    return close


def _platform_only(method: Callable[..., Any], *, what: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(self: object, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  it passes on what PyMongo takes
        require_across(what)
        return method(self, *args, **kwargs)

    return guarded
