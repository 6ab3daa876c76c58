"""One part of a trace as it was: a request, a task's attempt, a batch that was sent. Becomes spans if it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.trace import SpanKind

    from novapulse.context import Cause, Trail
    from novapulse.telemetry.notes import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a span tells; its notes become its children.

    name: of few; attributes: in OpenTelemetry's words, and none of a client's values; began_at, ended_at: by
    `clock.monotonic`; error: why it failed, by a name or a code, empty where it did not; links: the messages that it
    is about.
    """

    kind: SpanKind
    name: str
    trail: Trail
    began_at: float
    ended_at: float
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    error: str = ""
    links: tuple[Cause, ...] = ()
    notes: Sequence[Note] = ()

    @property
    def size(self) -> int:
        """Tell how many spans it makes."""
        return 1 + len(self.notes)
