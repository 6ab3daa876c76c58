"""What ends a credential: by the API as people do it, and by what the commands of operators call."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jwt
from bson import ObjectId

from apps.auth.enums import Role
from tests.api import PASSWORD
from tests.prove import people
from tests.prove.load import Call, one

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.prove.load import Reply
    from tests.prove.people import Caller, Tenant
    from tests.prove.world import World

    Cause = Callable[[World, Tenant, Caller], object]

_NEW_PASSWORD = "eleven boats beside a long pier"


def _done(call: Call) -> Reply:
    """Make a call that must succeed."""
    reply = one(call)
    assert reply.status in range(200, 300), (call.method, call.path, reply.status, reply.body)
    return reply


def _by(world: World, caller: Caller, method: str, path: str, **besides: Any) -> Reply:
    return _done(Call(world.fleet.ports[0], caller.token, method, f"/api/v1{path}", **besides))


def _other_session(tenant: Tenant, victim: Caller) -> Caller:
    return people.sign_in(tenant, victim.email)


def _revoke_session(world: World, tenant: Tenant, victim: Caller) -> None:
    _by(world, _other_session(tenant, victim), "DELETE", f"/me/sessions/{victim.session_id}")


def _log_out(world: World, _tenant: Tenant, victim: Caller) -> None:
    _by(world, victim, "POST", "/auth/logout")


def _log_out_everywhere(world: World, tenant: Tenant, victim: Caller) -> None:
    _by(world, _other_session(tenant, victim), "POST", "/auth/logout-all")


def _change_password(world: World, tenant: Tenant, victim: Caller) -> None:
    body = {"current_password": PASSWORD, "new_password": _NEW_PASSWORD}
    _by(world, _other_session(tenant, victim), "POST", "/auth/password:change", body=body)


def _reset_password(world: World, _tenant: Tenant, victim: Caller) -> None:
    port = world.fleet.ports[0]
    _done(Call(port, method="POST", path="/api/v1/auth/password:forgot", body={"email": victim.email}))
    body = {"token": _mailed_token(world, victim.email), "new_password": _NEW_PASSWORD}
    _done(Call(port, method="POST", path="/api/v1/auth/password:reset", body=body))


def _mailed_token(world: World, email: str) -> str:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for file in sorted(world.mail.glob("*"), reverse=True):
            text = file.read_text(encoding="utf-8")
            found = re.findall(r"token=([A-Za-z0-9_-]+)", text)
            if email in text and found:
                return str(found[-1])
        time.sleep(0.05)
    raise AssertionError(f"no mail to {email}")


def _as_it_is(world: World, tenant: Tenant, path: str) -> dict[str, str]:
    return {"If-Match": _by(world, tenant.owner, "GET", path).headers["etag"]}


def _change_role(world: World, tenant: Tenant, victim: Caller) -> None:
    path, body = f"/members/{victim.membership_id}", {"role": Role.VIEWER.value}
    _by(world, tenant.owner, "PATCH", path, body=body, headers=_as_it_is(world, tenant, path))


def _remove(world: World, tenant: Tenant, victim: Caller) -> None:
    path = f"/members/{victim.membership_id}"
    _by(world, tenant.owner, "DELETE", path, headers=_as_it_is(world, tenant, path))


def _deactivate(_world: World, _tenant: Tenant, victim: Caller) -> None:
    from apps.auth.domain import deactivation  # noqa: PLC0415  what `manage.py identities deactivate` calls

    deactivation.deactivate(deactivation.account(victim.email))


def _revoke_token(_world: World, _tenant: Tenant, victim: Caller) -> None:
    from apps.auth.domain import revocations  # noqa: PLC0415  what `manage.py revoke` calls

    token_id = str(people.claims(victim.token)["jti"])
    revocations.of_token(token_id, session_id=ObjectId(victim.session_id)).apply()


def issue_api_key(world: World, tenant: Tenant) -> Caller:
    """Give the owner as a program knows them: by an API key."""
    key = _by(world, tenant.owner, "POST", "/api-keys", body={"name": "of the proof"}).json()["key"]
    return replace(tenant.owner, token=key)


def revoke_api_key(world: World, tenant: Tenant, _victim: Caller) -> None:
    (key,) = _by(world, tenant.owner, "GET", "/api-keys").json()["data"]
    _by(world, tenant.owner, "DELETE", f"/api-keys/{key['id']}")


def _suspend(_world: World, tenant: Tenant, _victim: Caller) -> None:
    from apps.tenants.domain import standing  # noqa: PLC0415  what `manage.py company suspend` calls

    standing.suspend(tenant.slug)


def make_read_only(_world: World, tenant: Tenant, _victim: Caller) -> None:
    """Let nobody of the company change anything."""
    from apps.tenants.domain import standing  # noqa: PLC0415  what `manage.py company read-only` calls

    standing.make_read_only(tenant.slug)


def retire_key(_world: World, _tenant: Tenant, victim: Caller) -> None:
    from apps.auth import api as auth_api  # noqa: PLC0415  this process has no watch that tells it
    from apps.auth.domain import key_rotation  # noqa: PLC0415  what `manage.py signing_keys` calls
    from apps.auth.enums import Algorithm  # noqa: PLC0415  as above

    new = key_rotation.add(Algorithm.EDDSA)
    key_rotation.activate(new.kid, known_for=key_rotation.AT_ONCE)
    key_rotation.retire(jwt.get_unverified_header(victim.token)["kid"])
    auth_api.forget_keys()


CAUSES: dict[str, Cause] = {
    "session revoked": _revoke_session,
    "logout": _log_out,
    "logout everywhere": _log_out_everywhere,
    "password changed": _change_password,
    "password reset": _reset_password,
    "role changed": _change_role,
    "member removed": _remove,
    "identity deactivated": _deactivate,
    "company suspended": _suspend,
    "one token revoked": _revoke_token,
}
