"""Every route, every role: who may, by the table, does; who may not, does not; and nothing is left out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import given
from hypothesis import strategies as st

from apps.auth.domain.permissions import OF_KEYS, TABLE, WHILE_READ_ONLY, WITHOUT_MFA, is_change, is_granted, of_key
from apps.auth.enums import Role
from apps.tenants.domain import standing
from novapulse.web.view import ApiView
from tests.api import PASSWORD, Api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
WORDS = st.sampled_from([*TABLE, "no.such.word"])
NOBODYS_ID = ObjectId("0" * 24)

# The only routes without a permission: what api.md calls anonymous, and what wants an operator's own token.
ANONYMOUS = {
    ("POST", "/api/v1/auth/signup"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/auth/password:forgot"),
    ("POST", "/api/v1/auth/password:reset"),
    ("POST", "/api/v1/invitations:accept"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/docs/"),
    ("GET", "/api/docs"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/health/status"),
    ("GET", "/metrics"),
}

# After these the caller's own credential has ended.
ENDING = {"/api/v1/auth/logout", "/api/v1/auth/logout-all"}


@dataclass(frozen=True)
class Route:
    """A method of a path, and the permission that it wants."""

    method: str
    path: str
    permission: str | None
    issues_credential: bool = False


def routes() -> list[Route]:
    """List what the resolver knows of ours."""
    return sorted(_walk(get_resolver().url_patterns, "/"), key=lambda route: (route.path, route.method))


def _walk(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
            if view is not None and issubclass(view, ApiView):
                concrete = _with_ids(path)
                for method, found in view.operations.items():
                    yield Route(method, concrete, found.permission, found.issues_credential)


def _with_ids(path: str) -> str:
    while "<oid:" in path:
        before, _, rest = path.partition("<oid:")
        path = f"{before}{NOBODYS_ID}{rest.partition('>')[2]}"
    return path


@pytest.fixture
def people(acme: Api, new_member: Callable[..., Api]) -> dict[Role, Api]:
    """Give somebody of each role."""
    others = {role: new_member(acme, role.value) for role in Role if role is not Role.OWNER}
    return {Role.OWNER: acme, **others}


@given(st.sampled_from(list(Role)), st.none() | st.sets(WORDS))
def test_key_is_granted_nothing_that_its_role_is_not(role: Role, scopes: set[str] | None) -> None:
    held = {word for word in TABLE if is_granted(word, role=role, scopes=of_key(scopes))}
    assert held <= {word for word in TABLE if is_granted(word, role=role)} & OF_KEYS
    assert scopes is None or held <= scopes
    assert held == ({word for word in OF_KEYS if role in TABLE[word]} & (scopes if scopes is not None else OF_KEYS))


@given(st.sets(WORDS), st.sets(WORDS))
def test_fewer_scopes_never_grant_more(scopes: set[str], others: set[str]) -> None:
    assert of_key(scopes & others) <= of_key(scopes) <= of_key(None)


def test_no_key_holds_what_makes_a_credential_or_concerns_the_person_behind_it() -> None:
    issuing = {"sessions.create", "sessions.delete", "api_keys.create", "invitations.create", "me.update"}
    assert not OF_KEYS & (issuing | {"companies.read"})
    assert set(TABLE) >= OF_KEYS


def test_no_route_that_issues_a_credential_is_open_to_a_key() -> None:
    wanted = {route.permission for route in routes() if route.issues_credential and route.permission is not None}
    assert {"sessions.create", "api_keys.create"} <= wanted
    assert not wanted & OF_KEYS


def test_every_key_may_just_what_keys_of_its_role_may(people: dict[Role, Api]) -> None:
    """As below, with a key of each role that carries all that keys may hold."""
    keys = {role: Api(person.post("/api-keys", {"name": "All"}).json()["key"]) for role, person in people.items()}
    wrong = []
    for route in routes():
        if route.permission is None:
            continue
        for role, key in keys.items():
            answer = key.send(route.method, route.path)
            denied = answer.status_code == 403 and answer.json()["code"] == "denied"
            if denied == (route.permission in OF_KEYS and role in TABLE[route.permission]):
                wrong.append((route, role, answer.status_code))
    assert wrong == []


def test_table_names_known_roles_only() -> None:
    assert all(granted <= frozenset(Role) and granted for granted in TABLE.values())


def test_what_is_left_without_a_second_factor_is_granted_to_everybody() -> None:
    assert all(TABLE[word] == frozenset(Role) for word in WITHOUT_MFA)


def test_anonymous_routes_are_just_those_that_are_meant_to_be() -> None:
    assert {(route.method, route.path) for route in routes() if route.permission is None} == ANONYMOUS


def test_every_permission_that_a_route_wants_stands_in_the_table() -> None:
    assert {route.permission for route in routes()} - {None} <= set(TABLE)


def test_every_role_may_just_what_the_table_grants(people: dict[Role, Api]) -> None:
    """Bodies are empty and ids unknown, so what is granted ends in another refusal, and nothing is changed."""
    wrong = []
    for route in routes():
        if route.permission is None:
            continue
        for role, person in people.items():
            answer = person.send(route.method, route.path)
            if route.path in ENDING:
                sign_in_again(person)
            denied = answer.status_code == 403 and answer.json()["code"] == "denied"
            if denied == (role in TABLE[route.permission]):
                wrong.append((route, role, answer.status_code))
    assert wrong == []


def sign_in_again(person: Api) -> None:
    person.token = Api().post("/auth/login", {"email": person.email, "password": PASSWORD}).json()["access_token"]


def test_what_is_not_a_safe_method_is_a_change_unless_it_is_named_and_no_read_is() -> None:
    wanting = [route for route in routes() if route.permission is not None]
    for route in wanting:
        assert is_change(str(route.permission)) == (
            route.method != "GET" and route.permission not in WHILE_READ_ONLY
        ), route
    assert {route.permission for route in wanting} >= WHILE_READ_ONLY


def test_owner_of_a_read_only_company_may_just_what_changes_nothing_of_it(acme: Api, rival: Api) -> None:
    standing.make_read_only("acme")
    asked = [each for each in routes() if each.method != "GET" and each.permission and each.path not in ENDING]
    told = {each: acme.send(each.method, each.path) for each in asked}
    refused = {each for each, answer in told.items() if answer.json().get("code") == "company-read-only"}
    assert refused == {each for each in asked if is_change(str(each.permission))}
    assert {told[each].status_code for each in refused} == {403}
    assert rival.send("POST", "/api/v1/projects").json()["code"] == "malformed-body"


def test_nobody_may_anything_without_a_token(database: object) -> None:
    for route in routes():
        if route.permission is not None:
            assert Api().send(route.method, route.path).status_code == 401, route


def test_methods_that_are_not_in_the_table_are_refused_to_the_owner(acme: Api) -> None:
    known = {(route.method, route.path) for route in routes()}
    for path in {route.path for route in routes()}:
        for method in sorted(METHODS):
            if (method, path) not in known:
                assert acme.send(method, path).status_code in {404, 405}, (method, path)
