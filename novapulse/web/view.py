"""The base of every route: DRF's APIView, slimmed to what an API of bearer tokens and JSON needs.

A view is a table of `Operation`s, one per method, and a handler for each. The table is what the base class enforces,
what the OpenAPI document is made from, and what the tests walk. Kept of DRF: authentication and permission classes with
their settings, serializers, exceptions, schema. Left out, because it costs more than the work itself: the request
wrapper, content negotiation, renderers, throttles, browsable pages.

The way of a request: method known? -> who is asking (authentication) -> may they (permission) -> query and body read
strictly -> the company's scope -> for POST one transaction with the idempotency record -> handler. Refusals become
problem documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from django.http import HttpResponse
from rest_framework.views import APIView

from novapulse import context
from novapulse.errors import Denied, Trouble, Unauthenticated
from novapulse.resilience import deadline
from novapulse.tenancy import scope
from novapulse.web import body, contract, etag, idempotency, problems, rendering, upload
from novapulse.web.refusals import MethodNotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.serializers import Serializer

    from novapulse.context import Principal
    from novapulse.tenancy.scope import Scope
    from novapulse.web.contract import Contract
    from novapulse.web.cost import Cost


class Authenticated(Protocol):
    """What an authentication class gives as the user: who asks, and for which company."""

    principal: Principal
    scope: Scope


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a route.

    `permission` is a word of the permission table, None for a route that anybody may call; `answer` and `status`
    describe the success; `partial` marks a merge patch; `conditional` wants If-Match; `issues_credential` keeps an
    answer with tokens out of the idempotency records; `problems` lists the troubles beyond those that every route may
    answer with; `cost` is the class by which it counts against the company's quota, None only where nobody is known;
    `needs_stores` is False where no store can hold the answer up; `located` tells that the answer names in `Location`
    where what was made can be read; `also` lists further statuses with the same answer; `media_type` is its kind;
    `timeout_ms` is a budget less than REQUEST_TIMEOUT_MS, `slow_ms` when it is slow, in place of SLOW_REQUEST_MS;
    `max_upload_bytes` is how large a multipart body may be where one is taken in place of JSON (`ApiView.sink`).
    """

    summary: str
    permission: str | None
    answer: type[Serializer[Any]] | None = None
    status: int = 200
    query: type[Contract] | None = None
    body: type[Contract] | None = None
    partial: bool = False
    conditional: bool = False
    issues_credential: bool = False
    problems: tuple[type[Trouble], ...] = ()
    needs_stores: bool = True
    versioned: bool = True
    located: bool = False
    cost: Cost | None = None
    also: tuple[int, ...] = ()
    media_type: str = rendering.JSON
    timeout_ms: int | None = None
    slow_ms: int | None = None
    max_upload_bytes: int | None = None


class ApiView(APIView):
    """The base view. A method without an operation is refused, and so is an operation that no role is granted."""

    operations: ClassVar[Mapping[str, Operation]] = {}

    query: dict[str, Any]
    body: dict[str, Any]
    expected_version: int

    def dispatch(self, request: HttpRequest, **kwargs: object) -> HttpResponseBase:
        """Answer the request, or say in a problem document why not."""
        try:
            return rendering.framed(self._answer(request, kwargs))
        except problems.EXPECTED as error:
            return problems.respond(error)

    def _answer(self, request: HttpRequest, kwargs: Mapping[str, object]) -> HttpResponse:
        method = "GET" if request.method == "HEAD" else str(request.method)
        operation = self.operations.get(method)
        if operation is None:
            return self._no_operation(method)
        handler = getattr(self, method.lower())
        if operation.permission is None:
            self._read(request, operation)
            return handler(request, **kwargs)  # type: ignore[no-any-return]  # handlers are found by name
        user = self._authenticated(request)
        self._permit(request)
        self._read(request, operation)
        with scope.company(user.scope.company_id, location=user.scope.location):
            content = self._receive(request, operation)
            if method == "POST" and not operation.issues_credential:
                return idempotency.perform(request, lambda: handler(request, **kwargs), content=content)
            return handler(request, **kwargs)  # type: ignore[no-any-return]  # as above

    def _no_operation(self, method: str) -> HttpResponse:
        allowed = tuple(sorted({*self.operations, "OPTIONS", *(("HEAD",) if "GET" in self.operations else ())}))
        if method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": ", ".join(allowed)})
        raise MethodNotAllowed(allowed=allowed)

    def _authenticated(self, request: HttpRequest) -> Authenticated:
        for authenticator in _instances(tuple(self.authentication_classes)):
            found = authenticator.authenticate(request)
            if found is not None:
                request.user = found[0]
                context.authenticate(found[0].principal, company_id=found[0].scope.company_id)
                return found[0]  # type: ignore[no-any-return]  # DRF leaves the user's type open
        raise Unauthenticated

    def _permit(self, request: HttpRequest) -> None:
        for permission in _instances(tuple(self.permission_classes)):
            if not permission.has_permission(request, self):
                raise Denied

    def _read(self, request: HttpRequest, operation: Operation) -> None:
        self.query = contract.read_query(operation.query or contract.Contract, request.GET)
        if operation.conditional:
            self.expected_version = etag.expected_version(request)
        if operation.body is not None and operation.max_upload_bytes is None:
            self.body = contract.read_body(operation.body, body.read_json(request), partial=operation.partial)
        if operation.needs_stores:
            deadline.check()

    def _receive(self, request: HttpRequest, operation: Operation) -> bytes | None:
        """Take a multipart body, before any transaction: who sends it may be slow. Give what tells it from others."""
        if operation.body is None or operation.max_upload_bytes is None:
            return None
        form = upload.receive(request, sink=self.sink(), max_bytes=operation.max_upload_bytes)
        self.body = contract.read_body(operation.body, form.parts)
        return form.digest

    def sink(self) -> upload.Sink:
        """Say where the file of a multipart body goes, in the company's scope; for views that take one."""
        raise NotImplementedError


def operation_of(view: Callable[..., object], *, method: str) -> Operation | None:
    """Give the operation that a route's callable has for a method; None where it has none, or is no view of ours."""
    operations: Mapping[str, Operation] = getattr(getattr(view, "cls", None), "operations", {})
    return operations.get("GET" if method == "HEAD" else method)


@cache
def _instances(classes: tuple[Callable[[], Any], ...]) -> tuple[Any, ...]:
    """Make each authentication and permission class once: they hold no state of a request."""
    return tuple(each() for each in classes)
