"""JavaScript on the server is refused: it cannot be scoped, and nothing here needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from novapulse.tenancy.scope import ScopeViolation

_RUNS_CODE: Final = frozenset({"$where", "$function", "$accumulator"})
_INTERNAL_PREFIX: Final = "$_internal"


def refuse_javascript(*values: object) -> None:
    """Refuse an operator that runs code on the server, at any depth of filters, stages, projections or options.

    Walks with a list of its own instead of recursion, so that deep input cannot end the stack.

    Raises ScopeViolation.
    """
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            _refuse_operators(value)
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)


def _refuse_operators(mapping: Mapping[object, object]) -> None:
    for key in mapping:
        if key in _RUNS_CODE or (isinstance(key, str) and key.startswith(_INTERNAL_PREFIX)):
            raise ScopeViolation(f"{key} runs code on the server: no company may do that.")
