"""Who is asking, for the length of a request: its id, its principal. The company lives in `novapulse.tenancy.scope`."""

from __future__ import annotations

import random
import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bson import ObjectId

NO_REQUEST = "-"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,128}", re.ASCII)
_RANDOM_BITS = 128  # a name, not a secret: no call into the kernel for it

_request_id: ContextVar[str] = ContextVar("request_id", default=NO_REQUEST)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes this request.

    `kind` is `person` or `service`; `membership_id` is what tenant data points to; `credential_id` is the session or
    the API key; `scopes` narrows the role, and is None where the credential carries the whole role.
    """

    kind: str
    identity_id: ObjectId
    membership_id: ObjectId
    credential_id: ObjectId
    role: str
    scopes: frozenset[str] | None = None


_principal: ContextVar[Principal | None] = ContextVar("principal", default=None)


def request_id() -> str:
    """Name the request in whose course this runs, or `-` outside of one."""
    return _request_id.get()


def request_id_of(given: str) -> str:
    """Give the id of a request that has come: what was sent along as such, where it is well formed, else a new one."""
    return given if _ACCEPTED.fullmatch(given) else f"{random.getrandbits(_RANDOM_BITS):032x}"


def begin_request(request_id: str) -> None:
    """Start a request: set its id; nobody is known yet."""
    _request_id.set(request_id)
    _principal.set(None)


def end_request() -> None:
    """End a request: what this thread does next is done for nobody. Its id stays, for what is still logged about it."""
    _principal.set(None)


def authenticate(principal: Principal) -> None:
    """Say who is asking."""
    _principal.set(principal)


def principal() -> Principal:
    """Tell who is asking; a LookupError where nobody is known is a mistake in the code, not of the client."""
    known = _principal.get()
    if known is None:
        raise LookupError("no principal in this context")
    return known
