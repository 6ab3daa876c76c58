"""Somebody who listens to the changes of this process, in place of the app that does."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bson import ObjectId

from novapulse.data import events
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from novapulse.data.events import Event


@dataclass
class Notebook:
    """Notes what it hears; may write something as well, or fail."""

    answer: bool = True
    write: bool = False
    fail: type[Exception] | None = None
    heard: list[list[Event]] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [event.type for told in self.heard for event in told]

    def is_listening(self) -> bool:
        return self.answer

    def hear(self, told: Sequence[Event]) -> None:
        self.heard.append(list(told))
        if self.write:
            write_something()
        if self.fail is not None:
            raise self.fail


@contextmanager
def listening(
    *, is_listening: bool = True, write: bool = False, fail: type[Exception] | None = None
) -> Iterator[Notebook]:
    """Let a notebook be the listener of this process."""
    before, notebook = events._listener, Notebook(is_listening, write, fail)
    events.listen(notebook)
    try:
        yield notebook
    finally:
        events.listen(before)


def write_something() -> None:
    """Write a document of some company."""
    from apps.webhooks.documents import WebhookEndpoint  # noqa: PLC0415  once the apps are ready

    with scope.company(ObjectId("1" * 24), location="DE"):
        WebhookEndpoint.collection().insert_one({"created_at": None})
