"""What lines tell of AWS Lambda, where the process runs there: a handler says so with every event that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class LambdaContext(Protocol):
    """What AWS hands to a handler beside the event (its second argument)."""

    function_name: str
    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Tell how much time is left."""


@dataclass(slots=True)
class _Invocation:
    """What is under way: one event at a time, that is how AWS calls a process."""

    context: LambdaContext | None = None
    count: int = 0


_under_way = _Invocation()


def begin(context: LambdaContext) -> None:
    """Say, at the start of a handler, which invocation all lines from now on belong to."""
    _under_way.context = context
    _under_way.count += 1


def fields() -> dict[str, object]:
    """Give function, aws_request_id, is_cold_start and remaining_ms; nothing outside of Lambda."""
    context = _under_way.context
    if context is None:
        return {}
    return {
        "function": context.function_name,
        "aws_request_id": context.aws_request_id,
        "is_cold_start": _under_way.count == 1,
        "remaining_ms": context.get_remaining_time_in_millis(),
    }
