"""What stands round every call to a dependency, in one order: Retry(Breaker(Bulkhead(call)))."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from novapulse.errors import Overloaded
from novapulse.resilience.breaker import Breaker
from novapulse.resilience.retry import Retry
from novapulse.resilience.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.resilience.bulkhead import Bulkhead

P = ParamSpec("P")
T = TypeVar("T")


class Guard:
    """The guard of one dependency: `guard.call(function, ...)`, or `@guard` over the function.

    Each attempt goes through the breaker and takes a place in the bulkhead. A full bulkhead tells of us and not of the
    dependency: the breaker does not count it. Raises CircuitOpen or Overloaded, in both cases before anything was done,
    and else what the function raises.
    """

    def __init__(
        self,
        name: str,
        *,
        bulkhead: Bulkhead,
        rules: Rules | None = None,
        retry_on: tuple[type[Exception], ...] = (),
    ) -> None:
        """Take the dependency's name, its room, the breaker's rules, and after which errors a call is repeated."""
        rules = rules or Rules()
        rules = replace(rules, ignored=(*rules.ignored, Overloaded))
        self.name = name
        self.breaker = Breaker(name, rules=rules)
        self._bulkhead = bulkhead
        self._retry = Retry(on=retry_on) if retry_on else None

    def call(self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function behind the guard and give its answer."""
        if self._retry is None:
            return self._attempt(func, *args, **kwargs)
        answer: T = self._retry.call(self._attempt, func, *args, **kwargs)
        return answer

    def __call__(self, func: Callable[P, T]) -> Callable[P, T]:
        """Make a function that calls this one behind the guard."""

        @wraps(func)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            return self.call(func, *args, **kwargs)

        return guarded

    def _attempt(self, func: Callable[..., T], *args: object, **kwargs: object) -> T:
        answer: T = self.breaker.call(self._inside, func, *args, **kwargs)
        return answer

    def _inside(self, func: Callable[..., T], *args: object, **kwargs: object) -> T:
        with self._bulkhead:
            return func(*args, **kwargs)
