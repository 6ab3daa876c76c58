"""Every call to a store or to a service outside, told in one place once it has ended, to all who count or trace it.

Who talks to a store tells of it here and knows none of those who listen. They are called in the thread of the call, in
its context, and so must be quick. One that fails is counted among the drops; neither the call nor the other listeners
notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Self

from novapulse import clock
from novapulse.telemetry import drops

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


# What was called, in the words of OpenTelemetry's conventions where they have one. Strings: a member of an enumeration
# takes longer to look up than the rest of telling takes.
System = Literal["mongodb", "redis", "postgresql", "aws_sqs", "http"]
MONGODB: Final = "mongodb"
REDIS: Final = "redis"
POSTGRESQL: Final = "postgresql"
SQS: Final = "aws_sqs"
HTTP: Final = "http"


class Call(NamedTuple):
    """One call, and none of its values; all words are from small sets that no client can add to.

    operation: the command, or what a script is for. target: the collection, the queue, the role of a Redis client;
    empty where there is none. seconds: until the answer; the call has ended just now. error: why it failed, by a name
    or a code; empty where it was answered. span_id: of its part in the trace, where the other side was told of it.
    """

    system: System
    operation: str
    target: str
    seconds: float
    error: str = ""
    span_id: str = ""


_listeners: tuple[Callable[[Call], None], ...] = ()


def listen(listener: Callable[[Call], None]) -> None:
    """Call the listener at the end of every call from now on; once, however often it is given."""
    global _listeners  # noqa: PLW0603  replaced as a whole, so that nobody needs a lock to read it
    if listener not in _listeners:
        _listeners = (*_listeners, listener)


def unlisten(listener: Callable[[Call], None]) -> None:
    """Call the listener no more."""
    global _listeners  # noqa: PLW0603  as above
    _listeners = tuple(each for each in _listeners if each != listener)


def ended(call: Call) -> None:
    """Tell of a call that has ended."""
    for listener in _listeners:
        try:
            listener(call)
        except Exception:  # noqa: BLE001  whoever tells of a call must not break it
            drops.count("calls")


class telling:  # noqa: N801  reads as the verb that it is: `with calls.telling(...)`
    """Time the block as one call, and tell of it at its end; set `error` where no exception says what was wrong.

    Set `span_id` where the other side is told that this call is what causes it.
    """

    __slots__ = ("_began_at", "_operation", "_system", "_target", "error", "span_id")

    def __init__(self, system: System, operation: str, *, target: str = "") -> None:
        """Take the words of the call."""
        self._system, self._operation, self._target = system, operation, target
        self.error = self.span_id = ""

    def __enter__(self) -> Self:
        """Begin."""
        self._began_at = clock.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell, by the name of the exception where there is one."""
        seconds = clock.monotonic() - self._began_at
        word = self.error or ("" if kind is None else kind.__name__)
        ended(Call(self._system, self._operation, self._target, seconds, word, self.span_id))
