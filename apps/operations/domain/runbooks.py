"""Which page tells what to do about an alarm: docs/runbooks/<its name>.md."""

from __future__ import annotations

from typing import Protocol


class Cause(Protocol):
    """An alarm, or a service level whose budget burns."""

    @property
    def name(self) -> str:
        """Give the word by which it is told of."""
        ...


def page_of(cause: Cause) -> str:
    """Give the page's path from the root of the repository."""
    return f"docs/runbooks/{cause.name}.md"
