"""All routes, as their views declare them: what each does, who may, what it costs, how long it may take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.urls import URLPattern, get_resolver

from apps.auth import api as auth_api
from novapulse.web.view import ApiView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.urls import URLResolver

    from novapulse.web.view import Operation

_PARAMETER: Final = re.compile(r"<\w+:(\w+)>")  # as Django writes it; shown as OpenAPI does
_ADMIN: Final = "admin/"  # Django's own pages, with their own rules


@dataclass(frozen=True, slots=True)
class Route:
    """One method of a path. Where it is for anybody, what follows of permissions is None or does not count."""

    method: str
    path: str
    operation: str
    permission: str | None
    cost: str | None
    roles: tuple[str, ...]
    is_for_anybody: bool
    is_for_keys: bool
    is_open_while_read_only: bool | None
    timeout_ms: int


def routes() -> list[Route]:
    """Give every route, by path and method."""
    found = (
        _route(method, path, operation)
        for path, view in _views(get_resolver(), prefix="")
        for method, operation in view.operations.items()
    )
    return sorted(found, key=lambda route: (route.path, route.method))


def _route(method: str, path: str, operation: Operation) -> Route:
    word = operation.permission
    return Route(
        method,
        "/" + _PARAMETER.sub(r"{\1}", path),
        operation=operation.summary,
        permission=word,
        cost=None if operation.cost is None else operation.cost.value,
        roles=() if word is None else auth_api.roles_with(word),
        is_for_anybody=word is None,
        is_for_keys=word is not None and auth_api.is_for_keys(word),
        is_open_while_read_only=None if word is None else auth_api.is_open_while_read_only(word),
        timeout_ms=operation.timeout_ms or settings.REQUEST_TIMEOUT_MS,
    )


def _views(resolver: URLResolver, *, prefix: str) -> Iterator[tuple[str, type[ApiView]]]:
    for pattern in resolver.url_patterns:
        path = f"{prefix}{pattern.pattern}"
        if path.startswith(_ADMIN):
            continue
        if not isinstance(pattern, URLPattern):
            yield from _views(pattern, prefix=path)
            continue
        view: Any = getattr(pattern.callback, "cls", None)
        if isinstance(view, type) and issubclass(view, ApiView):
            yield path, view
