"""Who is told of a request that has been answered, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from apps.observability.domain.finished import Finished

LISTENERS: Final[tuple[Callable[[Finished], None], ...]] = ()


def tell(finished: Finished) -> None:
    """Tell all of them."""
    for listener in LISTENERS:
        listener(finished)
