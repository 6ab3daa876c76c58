"""Tells of every statement that Django sends to PostgreSQL (`novapulse.telemetry.calls`), by its first word alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from novapulse.telemetry import calls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_STATEMENTS: Final = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "SAVEPOINT", "RELEASE", "ROLLBACK", "CREATE", "ALTER", "DROP", "SET"}
)
_OTHER: Final = "OTHER"


def told(execute: Callable[..., Any], sql: Any, params: Any, many: Any, context: Mapping[str, Any]) -> Any:  # noqa: ANN401  the signature of Django's execute wrappers
    """Run a statement and tell of it; one of Django's `execute_wrappers`."""
    with calls.telling(calls.POSTGRESQL, _operation(str(sql)), target=context["connection"].alias):
        return execute(sql, params, many, context)


def _operation(sql: str) -> str:
    word = sql.lstrip(" (\n").split(maxsplit=1)[:1]
    return word[0].upper() if word and word[0].upper() in _STATEMENTS else _OTHER
