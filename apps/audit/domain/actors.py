"""Who does what is being done: told by the context of this request, task or command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.audit.enums import ActorKind
from novapulse import context

if TYPE_CHECKING:
    from bson import ObjectId

    from novapulse.context import Principal, Trail


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody. `name` is an operator's account of the system, or the id of the task that the system does.

    An operator who acts in a user's place bears that user's ids.
    """

    kind: ActorKind
    identity_id: ObjectId | None = None
    membership_id: ObjectId | None = None
    credential_id: ObjectId | None = None
    role: str | None = None
    name: str | None = None

    def stored(self) -> dict[str, Any]:
        """Give what is stored and shown."""
        return {
            "kind": self.kind.value,
            "identity_id": self.identity_id,
            "membership_id": self.membership_id,
            "credential_id": self.credential_id,
            "role": self.role,
            "name": self.name,
        }


def current(named: Actor | None = None) -> Actor:
    """Tell who does what is being done here: whoever has signed the request, an operator, the system, or nobody known.

    What nobody has asked for, such as a thread's own work, the system does. named: takes the place of what the context
    tells, but for an operator's.
    """
    trail = context.trail()
    if named is not None and not (trail and trail.operator):
        return named
    if trail is None:
        return Actor(ActorKind.SYSTEM)
    return _of(trail) if trail.principal is None else of(trail.principal)


def of(principal: Principal) -> Actor:
    """Name whoever has signed a request, or the operator who acts in their place."""
    return Actor(
        ActorKind.OPERATOR if principal.operator else ActorKind(principal.kind),
        principal.identity_id,
        principal.membership_id,
        principal.credential_id,
        principal.role,
        principal.operator or None,
    )


def _of(trail: Trail) -> Actor:
    if trail.operator:
        return Actor(ActorKind.OPERATOR, name=trail.operator)
    if trail.task_id:
        return Actor(ActorKind.SYSTEM, name=trail.task_id)
    if trail.request_id == context.NO_REQUEST:
        return Actor(ActorKind.SYSTEM)
    return Actor(ActorKind.ANONYMOUS)
