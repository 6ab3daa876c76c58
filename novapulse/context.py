"""What is known of the request or task under way: its id, its trace, who is asking. The scope lives in `tenancy`.

All of it lies on one `Trail`, which lines of the log, spans and the audit read. What runs in another thread for the
request takes the trail along (`trail`, `follow`).
"""

from __future__ import annotations

import random
import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from bson import ObjectId

NO_REQUEST = "-"
SHADOWED = "shadowed_"  # how `Trail.gate` begins where a limit in shadow would have refused
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,128}", re.ASCII)
_RANDOM_BITS = 128  # a name, not a secret: no call into the kernel for it

_TRACEPARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<parent>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(-.*)?",
    re.ASCII,
)
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes this request.

    `kind` is `person` or `service`; `membership_id` is what tenant data points to; `credential_id` is the session or
    the API key; `scopes` narrows the role, and is None where the credential carries the whole role. `operator` is the
    account of whoever of the platform's staff acts in their place, empty where they ask themselves.
    """

    kind: str
    identity_id: ObjectId
    membership_id: ObjectId
    credential_id: ObjectId
    role: str
    scopes: frozenset[str] | None = None
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """The part of a trace that has caused another, as its traceparent says; `is_sampled`: whether it is kept."""

    trace_id: str
    span_id: str
    is_sampled: bool


@dataclass(slots=True)
class Trail:
    """What is known of a request or task; filled in as it becomes known.

    `trace_id` (32 hexadecimal digits) names the whole story, `span_id` (16) this part of it, `parent_span_id` the part
    that caused it, empty where nobody did; `route` is the pattern, never the path; `company_id` and `principal` come
    with the credential. `gate` is what the gate has said of it and `units` what it was asked for, `problem` the code of
    the problem it was answered with; all empty where there was none. `address` is the client's; `task_id` names the
    task that runs, `operator` who gives a command, uses the admin or acts in a user's place, and `reason` why, in
    their words. `notes` are what `novapulse.telemetry.notes` takes for its spans, None where it takes none;
    `notes_left_out` is how many were too many.
    """

    request_id: str
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    is_sampled: bool = False
    route: str = ""
    company_id: ObjectId | None = None
    principal: Principal | None = None
    gate: str = ""
    units: int = 0
    problem: str = ""
    address: str = ""
    task_id: str = ""
    operator: str = ""
    reason: str = ""
    notes: list[Any] | None = None
    notes_left_out: int = 0


_trail: ContextVar[Trail | None] = ContextVar("novapulse_trail", default=None)

trail = _trail.get  # what is known here, None outside of a request and a task


def request_id() -> str:
    """Name the request in whose course this runs, or `-` outside of one."""
    known = trail()
    return NO_REQUEST if known is None else known.request_id


def request_id_of(given: str) -> str:
    """Give the id of a request that has come: what was sent along as such, where it is well formed, else a new one."""
    return given if _ACCEPTED.fullmatch(given) else f"{random.getrandbits(_RANDOM_BITS):032x}"


def trail_of(request_id: str, *, traceparent: str = "") -> Trail:
    """Make the trail of a request or task that begins: its id, and its place in a trace; nobody is known yet.

    traceparent: of whoever caused it; what is malformed counts as none.
    """
    cause = cause_of(traceparent)
    if cause is None:
        return Trail(request_id, trace_id=f"{random.getrandbits(128):032x}", span_id=new_span_id())
    return Trail(request_id, cause.trace_id, new_span_id(), cause.span_id, cause.is_sampled)


def begin_request(request_id: str, *, traceparent: str = "") -> Trail:
    """Start a request or task in this thread, and give its trail (`trail_of`)."""
    started = trail_of(request_id, traceparent=traceparent)
    _trail.set(started)
    return started


@contextmanager
def within(trail: Trail | None) -> Iterator[None]:
    """Let everything until the end of the block be done for what this trail is of."""
    before = _trail.set(trail)
    try:
        yield
    finally:
        _trail.reset(before)


def operating(name: str, *, reason: str = "") -> AbstractContextManager[None]:
    """Say that what the block does, an operator does by a command, and why."""
    return within(Trail(NO_REQUEST, operator=name, reason=reason))


def follow(trail: Trail | None) -> None:
    """Go on, in another thread, for what was under way where the work was given away; nobody is asking any more."""
    _trail.set(None if trail is None else replace(trail, principal=None, notes=None))


def cause_of(traceparent: str) -> Cause | None:
    """Read a traceparent (https://www.w3.org/TR/trace-context/); None for what is none."""
    read = _TRACEPARENT.fullmatch(traceparent)
    if read is None:
        return None
    return Cause(read["trace"], read["parent"], is_sampled=bool(int(read["flags"], 16) & _SAMPLED))


def new_span_id() -> str:
    """Make the id of a part of a trace."""
    return f"{random.getrandbits(64):016x}"


def traceparent(span_id: str = "") -> str | None:
    """Give what tells others, by a header or an envelope, which part of which trace they are caused by.

    span_id: of a part of what is under way here; by default the whole of it.
    """
    known = trail()
    if known is None or not known.trace_id:
        return None
    return f"00-{known.trace_id}-{span_id or known.span_id}-{known.is_sampled:02x}"


def end_request() -> None:
    """End a request: what this thread does next is done for nobody. Its id stays, for what is still logged about it."""
    known = trail()
    if known is not None:
        known.principal = known.notes = None


def authenticate(principal: Principal, *, company_id: ObjectId | None = None) -> None:
    """Say who is asking, and for which company."""
    known = trail()
    if known is None:
        known = begin_request(NO_REQUEST)
    known.principal, known.company_id, known.operator = principal, company_id, principal.operator


def explain(reason: str) -> None:
    """Say why what is done from now on is done, in the operator's words: every record of the audit tells it."""
    known = trail()
    if known is not None:
        known.reason = reason


def operator() -> str:
    """Name who operates, by their account; a LookupError where nobody does is a mistake in the code."""
    known = trail()
    if known is None or not known.operator:
        raise LookupError("no operator in this context")
    return known.operator


def principal() -> Principal:
    """Tell who is asking; a LookupError where nobody is known is a mistake in the code, not of the client."""
    known = trail()
    if known is None or known.principal is None:
        raise LookupError("no principal in this context")
    return known.principal
