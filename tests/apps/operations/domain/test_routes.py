"""All routes, as operators list them."""

from __future__ import annotations

from django.conf import settings

from apps.auth.domain.permissions import TABLE
from apps.operations.domain import routes
from apps.operations.domain.routes import Route


def test_a_route_tells_what_its_view_declares() -> None:
    found = {(route.method, route.path): route for route in routes.routes()}

    assert found["DELETE", "/api/v1/projects/{project_id}"] == Route(
        "DELETE",
        "/api/v1/projects/{project_id}",
        operation="Delete a project that has no tasks",
        permission="projects.delete",
        cost="write",
        roles=("owner", "admin", "manager"),
        is_for_anybody=False,
        is_for_keys=True,
        is_open_while_read_only=False,
        timeout_ms=settings.REQUEST_TIMEOUT_MS,
    )
    anonymous = found["POST", "/api/v1/auth/login"]
    assert (anonymous.is_for_anybody, anonymous.permission, anonymous.cost, anonymous.roles) == (True, None, None, ())


def test_a_route_with_a_budget_of_its_own_tells_it() -> None:
    assert any(route.timeout_ms < settings.REQUEST_TIMEOUT_MS for route in routes.routes()) is _some_view_has_one()


def test_each_permission_of_the_table_but_the_finer_ones_opens_a_route() -> None:
    assert set(TABLE) - {route.permission for route in routes.routes()} == {"comments.moderate"}


def _some_view_has_one() -> bool:
    return any(
        operation.timeout_ms is not None
        for _, view in routes._views(routes.get_resolver(), prefix="")
        for operation in view.operations.values()
    )
