"""The permission table: data, not code. What does not stand here is denied to everybody."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from apps.auth.enums import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

_EVERYBODY = frozenset(Role)
_WRITERS = _EVERYBODY - {Role.VIEWER}
_LEADS = frozenset({Role.OWNER, Role.ADMIN, Role.MANAGER})
_ADMINS = frozenset({Role.OWNER, Role.ADMIN})

TABLE: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "me.read": _EVERYBODY,
        "me.update": _EVERYBODY,
        "sessions.create": _EVERYBODY,  # one's own, in another company of one's own
        "sessions.delete": _EVERYBODY,  # one's own
        "company.read": _EVERYBODY,
        "company.update": _ADMINS,
        "members.read": _EVERYBODY,
        "members.update": _ADMINS,
        "members.remove": _EVERYBODY,  # to leave; removing somebody else wants members.update
        "invitations.read": _ADMINS,
        "invitations.create": _ADMINS,
        "invitations.delete": _ADMINS,
        "projects.read": _EVERYBODY,
        "projects.create": _LEADS,
        "projects.update": _LEADS,
        "projects.delete": _LEADS,
        "tasks.read": _EVERYBODY,
        "tasks.create": _WRITERS,
        "tasks.update": _WRITERS,
        "tasks.delete": _LEADS,
        "comments.read": _EVERYBODY,
        "comments.create": _WRITERS,
        "comments.update": _WRITERS,  # one's own
        "comments.delete": _WRITERS,  # one's own; anybody's wants comments.moderate
        "comments.moderate": _LEADS,
    }
)


def is_granted(permission: str, *, role: str, scopes: frozenset[str] | None = None) -> bool:
    """Tell whether the role holds the permission, and the scopes do not take it away: they can only narrow a role.

    scopes: the permissions that a credential was made for; None where it carries all of its role.
    """
    return role in TABLE.get(permission, frozenset()) and (scopes is None or permission in scopes)
