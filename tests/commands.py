"""What is sent to a store, for tests that count round trips (the fixtures `commands` and `redis_commands`)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Commands:
    """The names of the commands that this process has sent."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """Give the commands of the block."""
        self.names.clear()
        yield self.names
