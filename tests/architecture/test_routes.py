"""Default deny: every method of every route has an operation, and every operation a permission of the table."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from apps.auth.domain.permissions import TABLE
from apps.resilience.domain import priorities
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView

METHODS = ("get", "post", "put", "patch", "delete")

# What anybody may call without a credential, as the contract of the API publishes it.
ANONYMOUS = frozenset(
    {
        "POST api/v1/auth/signup",
        "POST api/v1/auth/login",
        "POST api/v1/auth/refresh",
        "POST api/v1/auth/password:forgot",
        "POST api/v1/auth/password:reset",
        "POST api/v1/invitations:accept",
        "GET api/v1/openapi.json",
        "GET api/docs/",
        "GET api/docs",
        "GET health/live",
        "GET health/ready",
        "GET health/status",  # for operators, by a token of their own
        "GET metrics",  # for operators likewise
        "GET .well-known/jwks.json",
    }
)


def test_every_route_stands_on_the_base_view() -> None:
    assert [route for route, view in _routes() if not issubclass(view, ApiView)] == []


def test_every_handler_has_an_operation_and_every_operation_a_handler() -> None:
    astray = [
        route
        for route, view in _routes()
        if {method.upper() for method in METHODS if hasattr(view, method)} != set(view.operations)
    ]

    assert astray == []


def test_every_permission_stands_in_the_table() -> None:
    unknown = [
        f"{method} {route}"
        for route, view in _routes()
        for method, operation in view.operations.items()
        if operation.permission is not None and operation.permission not in TABLE
    ]

    assert unknown == []


def test_only_the_published_routes_are_open_to_anybody() -> None:
    open_routes = {
        f"{method} {route}"
        for route, view in _routes()
        for method, operation in view.operations.items()
        if operation.permission is None
    }

    assert open_routes == ANONYMOUS


def test_every_operation_of_somebody_known_has_a_cost_and_no_other_has() -> None:
    astray = [
        f"{method} {route}"
        for route, view in _routes()
        for method, operation in view.operations.items()
        if (operation.cost is None) is not (operation.permission is None)
    ]

    assert astray == []


def test_the_door_knows_exports_by_their_paths() -> None:
    last = priorities.left_free_by("GET", "/exports")
    astray = [
        f"{method} {route}"
        for route, view in _routes()
        for method, operation in view.operations.items()
        if (priorities.left_free_by(method, f"/{route}") == last) is not (operation.cost is Cost.EXPORT)
    ]

    assert astray == []


def _routes() -> Iterator[tuple[str, Any]]:
    """Give those of the API; the admin's pages are Django's own."""
    return ((path, view) for path, view in _below(get_resolver(), prefix="") if not path.startswith("admin/"))


def _below(resolver: URLResolver, *, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield path, getattr(pattern.callback, "cls", type(pattern.callback))
        else:
            yield from _below(pattern, prefix=path)
