"""The permission table: data, not code. What does not stand here is denied to everybody."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from apps.auth.enums import Access, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EVERYBODY = frozenset(Role)
_WRITERS = _EVERYBODY - {Role.VIEWER}
_LEADS = frozenset({Role.OWNER, Role.ADMIN, Role.MANAGER})
_ADMINS = frozenset({Role.OWNER, Role.ADMIN})
_OWNERS = frozenset({Role.OWNER})

TABLE: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "me.read": _EVERYBODY,
        "me.update": _EVERYBODY,
        "passwords.update": _EVERYBODY,  # one's own
        "sessions.read": _EVERYBODY,  # one's own, in all companies
        "mfa.update": _EVERYBODY,  # one's own second factor
        "sessions.create": _EVERYBODY,  # one's own, in another company of one's own
        "sessions.delete": _EVERYBODY,  # one's own
        "company.read": _EVERYBODY,
        "company.update": _ADMINS,
        "api_keys.read": _EVERYBODY,  # one's own; everybody's wants members.update
        "api_keys.create": _EVERYBODY,  # one's own; a service account's wants members.update
        "api_keys.delete": _EVERYBODY,  # as api_keys.read
        "companies.read": _EVERYBODY,  # all of one's own, whichever of them one works in
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
        "webhooks.read": _ADMINS,
        "webhooks.create": _ADMINS,
        "webhooks.update": _ADMINS,
        "webhooks.rotate": _ADMINS,
        "webhooks.delete": _ADMINS,
        "webhooks.send": _ADMINS,  # tests and replays
        "audit_events.read": _ADMINS,
        # Whoever leads a project fills it and takes it out in one go; who only works in it does so task by task.
        "imports.create": _LEADS,
        "exports.create": _LEADS,
        "company_exports.create": _OWNERS,  # with everybody's address: the company as a whole
        "purges.create": _ADMINS,
        "jobs.read": _LEADS,  # one's own, which show what one may do oneself; a result wants its kind's permission too
    }
)

# What is left of any role to whoever has no second factor in a company that requires one: to see who they are, to get
# one, to go to another company of theirs, to sign out.
WITHOUT_MFA: frozenset[str] = frozenset(
    {"me.read", "companies.read", "mfa.update", "sessions.read", "sessions.create", "sessions.delete"}
)

# What is left of any role in a company that is read-only, besides all that is read: to take out what there is, to end
# what opens the company, and what concerns the person alone.
WHILE_READ_ONLY: frozenset[str] = frozenset(
    {
        "exports.create",
        "company_exports.create",
        "api_keys.delete",
        "sessions.create",
        "sessions.delete",
        "passwords.update",
        "mfa.update",
    }
)

# An API key belongs to one company, and makes no further way in: what concerns the person behind it, their other
# companies, and whatever issues credentials stays with people. An area that is not named is theirs. So is, within
# `company.update`, whether a second factor is required (apps.tenants.domain.company_changes).
_AREAS_OF_KEYS = frozenset(
    {
        "me",
        "company",
        "members",
        "invitations",
        "api_keys",
        "projects",
        "tasks",
        "comments",
        "imports",
        "exports",
        "jobs",
        "webhooks",
        "audit_events",  # a program that watches is what many want this for
    }
)
_LEFT_TO_PEOPLE = frozenset(
    {"me.update", "invitations.create", "api_keys.create", "webhooks.create", "webhooks.rotate"}
)
OF_KEYS: frozenset[str] = (
    frozenset(word for word in TABLE if word.partition(".")[0] in _AREAS_OF_KEYS) - _LEFT_TO_PEOPLE
)

# Staff who act as a user keep to what an API key may hold: no further way in, nobody's other companies, no secrets. To
# see is all, unless they have chosen otherwise; then they may mend projects and tasks, but start nothing that goes on
# after them, such as a job, and say nothing that colleagues would take for the member's words, such as a comment.
_AREAS_OF_OPERATORS = frozenset({"projects", "tasks"})
_OF_READERS: frozenset[str] = frozenset(word for word in OF_KEYS if word.endswith(".read"))
OF_OPERATORS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        Access.READ_ONLY: _OF_READERS,
        Access.READ_WRITE: _OF_READERS
        | frozenset(word for word in OF_KEYS if word.partition(".")[0] in _AREAS_OF_OPERATORS),
    }
)


def of_key(scopes: Iterable[str] | None) -> frozenset[str]:
    """Give the permissions that an API key narrows its role to: never more than keys may hold.

    scopes: what the key was made for; None for all that its role holds.
    """
    return OF_KEYS if scopes is None else OF_KEYS.intersection(scopes)


def is_granted(permission: str, *, role: str, scopes: frozenset[str] | None = None) -> bool:
    """Tell whether the role holds the permission, and the scopes do not take it away: they can only narrow a role.

    scopes: the permissions that a credential was made for; None where it carries all of its role.
    """
    return role in TABLE.get(permission, frozenset()) and (scopes is None or permission in scopes)


def is_change(permission: str) -> bool:
    """Tell whether a permission is one that nobody holds in a company that is read-only."""
    return not permission.endswith(".read") and permission not in WHILE_READ_ONLY
