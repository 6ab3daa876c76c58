"""Canaries through every field of every route that the OpenAPI document knows, and through what lies beside them."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from django.conf import settings
from django.core import mail
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator

from apps.webhooks import conf
from tests import queues
from tests.api import PASSWORD, Api, sign_up
from tests.authenticator import Authenticator
from tests.canaries.aviary import Aviary
from tests.canaries.bodies import Bodies
from tests.canaries.collectors import COLLECTORS
from tests.receivers import receiver, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

    Document = dict[str, Any]

# What an answer holds that is nobody's business, by the names of its fields.
_SECRETS: Final = frozenset({"access_token", "refresh_token", "key", "secret", "otpauth_uri", "uri", "recovery_codes"})
_ENDING: Final = re.compile(r"auth/(?!login|signup|refresh|password:forgot)|me/sessions/|members/|accept")
_KEPT: Final = "django.core.mail.backends.locmem.EmailBackend"
_MULTIPART: Final = "multipart/form-data"


@dataclass(frozen=True)
class Route:
    """One operation of the document."""

    method: str
    path: str
    operation: Document

    @property
    def ends_a_session(self) -> bool:
        return _ENDING.search(self.path) is not None

    @property
    def turn(self) -> tuple[bool, bool, int]:
        """Tell when it is tried: what deletes after what needs it, the inner before the outer."""
        return (self.ends_a_session, self.method == "DELETE", -len(self.path))

    def parameters(self, place: str) -> list[str]:
        return [each["name"] for each in self.operation.get("parameters", ()) if each["in"] == place]

    def body(self) -> tuple[str, Document] | None:
        content = self.operation.get("requestBody", {}).get("content", {})
        return next(((kind, each["schema"]) for kind, each in content.items()), None)


@dataclass
class Company:
    """A company with one of everything; `ids` are theirs by the names that paths and bodies have for them."""

    owner: Api
    ids: dict[str, str]


@dataclass
class Flight:
    """Sends; `statuses` are what came, `webhooks_to` is where a receiver listens."""

    webhooks_to: str
    aviary: Aviary = field(default_factory=Aviary)
    statuses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        document: Any = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # its own
        self.bodies = Bodies(document, self.aviary)
        found = [
            Route(method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]
        self.routes = sorted(found, key=lambda route: route.turn)

    def through_every_route(self) -> None:
        """Send good and bad requests to each, with an owner of its own to each that ends a session."""
        company = self.company()
        for route in self.routes:
            if route.ends_a_session:
                company = Company(self.owner(), company.ids)
            for body, headers in self._good(route, company), self._bad(route):
                self._send(company.owner, route, company, body=body, **headers)
            self._send(company.owner, route, company, body=b'{"' + self.aviary.canary().encode())
            self._send(company.owner, route, None)
            for token in self._tokens():
                self._send(Api(), route, company, Authorization=token)
        queues.drain()

    def beside_the_routes(self) -> None:
        """Send what no route takes: paths, methods, hosts, forms, and many parameters."""
        canary = self.aviary.canary
        api = self.owner()
        self._note(api.get(f"/{canary()}/{canary()}?{canary()}={canary()}"))
        self._note(api.send(canary().upper(), "/tasks"))
        self._note(api.get("/tasks", Host=f"{canary()}.example"))
        self._note(api.get("/tasks?" + "&".join(f"{canary()}={canary()}" for _ in range(1_100))))
        self._note(api.send("POST", "/tasks", f"{canary()}={canary()}".encode(), Content_Type=f"text/{canary()}"))
        self._note(api.post("/tasks", {canary(): "x" * 1_100_000}))
        self._note(Api().post("/auth/login", {"email": api.email, "password": f"{canary()} {canary()}"}))

    def through_mistakes_of_ours(self) -> None:
        """Let a view and a task raise what quotes a client, which nobody has thought of."""
        owner = self.owner()
        with patch("apps.work.domain.projects.page", self._raising):
            self._note(owner.get("/projects"))
        with patch("apps.work.domain.job_runs.run", self._raising):
            self._note(owner.post("/exports", {"format": "csv", "q": self.aviary.canary()}))
            queues.drain()

    def company(self) -> Company:
        """Found a company whose every text is a canary; give it one of everything."""
        owner = self.owner()
        ids = {"membership_id": owner.user["membership_id"], "company_id": owner.company["id"]}
        for path, name in _THINGS.items():
            route = next(each for each in self.routes if (each.method, each.path) == ("POST", f"/api/v1/{path}"))
            made = self._send(owner, route, Company(owner, ids), body=self._good(route, Company(owner, ids))[0])
            assert made.status_code == 201, (path, made.content)
            ids[name] = made.json().get("id") or made.json()["api_key"]["id"]
        ids["member_id"], ids["session_id"], ids["job_id"] = ids["membership_id"], "0" * 24, "0" * 24
        return Company(owner, ids)

    def owner(self) -> Api:
        """Found a company with nothing in it."""
        owner = sign_up(self.aviary.canary())
        for secret in (owner.token, owner.refresh_token):
            self.aviary.learn(secret)
        return owner

    def through_the_second_factor(self) -> None:
        """Turn it on, and off by a recovery code."""
        owner = self.owner()
        secret = self._note(owner.post("/auth/mfa:enrol")).json()["secret"]
        confirmed = self._note(owner.post("/auth/mfa:confirm", {"otp": Authenticator(secret).code()})).json()
        off = {"current_password": PASSWORD, "otp": confirmed["recovery_codes"][0]}
        self._note(owner.post("/auth/mfa:disable", off))

    def _good(self, route: Route, company: Company) -> tuple[Any, dict[str, str]]:
        canary, described = self.aviary.canary, route.body()
        headers = {name: canary() for name in ("User_Agent", "Referer", "Origin", "X_Forwarded_For")}
        headers["Cookie"] = f"session={canary()}; {canary()}={canary()}"
        headers["Idempotency_Key"], headers["If_Match"] = canary(), '"1"'
        if described is None:
            return None, headers
        given = {
            **_GIVEN,
            **company.ids,
            "ids": [company.ids["membership_id"]],
            "company_id": company.ids["company_id"],
        }
        given["url"] = f"{self.webhooks_to}/{canary()}?{canary()}={canary()}"
        kind, schema = described
        if kind == _MULTIPART:
            headers["Content_Type"], body = self._form(company.ids["project_id"])
            return body, headers
        return self.bodies.good(schema, given), headers

    def _bad(self, route: Route) -> tuple[Any, dict[str, str]]:
        canary, described = self.aviary.canary, route.body()
        headers = {name.replace("-", "_"): canary() for name in route.parameters("header")}
        headers |= {"X_Request_ID": f"{canary()} {canary()}", "traceparent": canary(), "X_Request_Start": canary()}
        return None if described is None else self.bodies.bad(described[1]), headers

    def _form(self, project_id: str) -> tuple[str, bytes]:
        canary = self.aviary.canary
        edge = canary()
        rows = f"title,assignee,due_at\n{canary()},{canary()}@mail.example,{canary()}\n{canary()},,\n"
        parts = (("project_id", project_id), ("mapping", json.dumps({canary(): canary()})))
        text = "".join(
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts
        )
        text += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{canary()}.csv"\r\n\r\n{rows}\r\n'
        return f"multipart/form-data; boundary={edge}", f"{text}--{edge}--\r\n".encode()

    def _tokens(self) -> Iterator[str]:
        canary = self.aviary.canary
        yield f"Bearer {canary()}"
        yield f"Bearer {'.'.join(_base64(f'{canary()} {canary()}') for _ in range(3))}"
        yield f"Bearer np_{canary()}_{canary()}{canary()}"
        basic = _base64(f"{canary()}:{canary()}")
        self.aviary.learn(basic)
        yield f"Basic {basic}"

    def _send(
        self, api: Api, route: Route, company: Company | None, *, body: Any = None, **headers: str
    ) -> HttpResponse:
        """Send a request; without a company, with canaries for its ids, and for every parameter of its query."""
        canary = self.aviary.canary
        path = route.path
        for name in route.parameters("path"):
            path = path.replace(f"{{{name}}}", company.ids.get(name, canary()) if company else canary())
        if company is None:
            path += "?" + "&".join(f"{name}={canary()}" for name in [*route.parameters("query"), canary()])
        return self._note(api.send(route.method, path, body, **headers))

    def _note(self, response: HttpResponse) -> HttpResponse:
        self.statuses.append(response.status_code)
        if "json" in response.headers.get("Content-Type", "") and not response.streaming:
            self._learn(json.loads(response.content or b"null"))
        while letters := getattr(mail, "outbox", []):  # which is there from the first letter on
            for line in letters.pop().body.splitlines():
                self.aviary.learn(line.strip())
        return response

    def _learn(self, answer: Any, *, name: str = "") -> None:
        if isinstance(answer, dict):
            for each, value in answer.items():
                self._learn(value, name=each)
        elif isinstance(answer, list):
            for value in answer:
                self._learn(value, name=name)
        elif name in _SECRETS and isinstance(answer, str):
            self.aviary.learn(answer)

    def _raising(self, *_args: object, **_options: object) -> None:
        local = self.aviary.canary()
        try:
            {}[local]
        except KeyError as error:
            raise ValueError(f"{local} {self.aviary.canary()}") from error


@dataclass(frozen=True)
class Report:
    """How many canaries and secrets there were, what came back, how many texts each collector has, and what shows."""

    count: int
    statuses: Counter[int]
    told: dict[str, int]
    seen: dict[str, set[str]]


def flown() -> Report:
    """Let canaries fly everywhere, with every collector open."""
    networks = (ip_network("127.0.0.0/8"),)
    allowed = replace(settings.WEBHOOK_DESTINATIONS, networks=networks)
    with ExitStack() as around:
        around.enter_context(override_settings(WEBHOOK_DESTINATIONS=allowed, EMAIL_BACKEND=_KEPT))
        around.enter_context(patch.object(conf, "KNOWN_SECONDS", 0))  # so that nobody waits for who listens
        there = around.enter_context(receiver(says(204)))
        texts = {name: around.enter_context(collector()) for name, collector in COLLECTORS.items()}
        flight = Flight(webhooks_to=there.url)
        flight.through_every_route()
        flight.beside_the_routes()
        flight.through_the_second_factor()
        flight.through_mistakes_of_ours()
        told = {name: list(given()) for name, given in texts.items()}
    seen = {name: flight.aviary.seen_in("\n".join(given)) for name, given in told.items()}
    counts = {name: len(given) for name, given in told.items()}
    return Report(flight.aviary.count, Counter(flight.statuses), counts, seen)


def _base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


# What a company has one of, and what its id is called.
_THINGS: Final = {
    "projects": "project_id",
    "tasks": "task_id",
    "tasks/{task_id}/comments": "comment_id",
    "webhooks": "webhook_id",
    "invitations": "invitation_id",
    "api-keys": "key_id",
}
_GIVEN: Final[dict[str, Any]] = {
    "country": "DE",
    "role": "member",
    "scopes": ["tasks.read"],
    "event_types": None,
    "assignee_id": None,
    "mfa_required": False,
    "version": 1,
    "op": "create",
}
