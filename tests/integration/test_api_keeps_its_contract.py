"""What the OpenAPI document says holds: schemathesis calls every operation, as everybody, with good and with bad data.

Each case comes with a session of its own. A few examples per operation, always the same, as those who may most and
least, run with the suite. The full run adds the other roles, the systematic cases (coverage) and chains of calls
(stateful), and draws others each time:

    SCHEMATHESIS_EXAMPLES=50 .venv/bin/python -m pytest tests/integration/test_api_keeps_its_contract.py -s
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.engine import events, from_schema
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.transport.wsgi import WSGITransport

from tests.api import PASSWORD, Api, sign_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemathesis.core.failures import Failure
    from schemathesis.schemas import BaseSchema

_GIVEN = os.environ.get("SCHEMATHESIS_EXAMPLES")  # noqa: TID251  a switch of this test alone, no setting of the service
_EXAMPLES = int(_GIVEN or 3)
_WELL_FORMED_KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_WELL_FORMED_BUDGET = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_ROLES = ("owner", "admin", "manager", "member", "viewer") if _GIVEN else ("owner", "viewer")  # who may most, and least

_CHECKS = {
    # Besides what the check expects by itself: an If-Match that is no ETag of ours cannot be the present one (412), and
    # a message may be refused before its data is read (411, 413). Not 5xx, which it would take: bad data is no excuse.
    "negative_data_rejection": {
        "expected-statuses": ["400", "401", "403", "404", "405", "409", "411", "412", "413", "415", "422", "428", "429"]
    },
    # Likewise; 428 is what RFC 6585, section 3, has for a missing If-Match.
    "missing_required_header": {"expected-statuses": ["400", "401", "403", "404", "428"]},
}

# Valid by the schema and refused all the same, for reasons that no schema can state. Any other refusal is a failure.
_BEYOND_A_SCHEMA = {
    "unknown-project": "an id of the right form that nothing has",
    "unknown-member": "likewise",
    "invalid-mapping": "a text that is no JSON: what it holds is stated (contentSchema), which is no condition",
    "no-filter": "a purge without any filter",
    "not-granted": "a scope that the role does not hold",
    "out-of-range": "a moment that is not in the coming year",
    "reset-not-valid": "the token of a mail that nobody was sent",
    "ids-or-time": "neither ids nor a time, or both",
    "bad-destination": "a URL that leads nowhere, or to no public address",
    "otp-refused": "the code of a secret that only the answer before knows",
    "second-factor-refused": "such a code, and the caller's own password",
    "precondition-failed": "the ETag of a comment cannot be read by itself, so the drawn one is sent",
}


@dataclass
class Callers:
    """Gives a new session to each case: cases sign out, leave and take away roles, which the next must not feel."""

    role: str
    join: Callable[..., Api]
    owner: Api = field(default_factory=Api)
    email: str = ""
    companies: int = 0

    def token(self) -> str:
        """Sign in; where that fails or the role has changed, found a new company."""
        if self.email:
            answer = Api().post("/auth/login", {"email": self.email, "password": PASSWORD})
            if answer.status_code == 200 and self._is_as_it_was(answer.json()["access_token"]):
                return str(answer.json()["access_token"])
        self.companies += 1
        self.owner = sign_up(f"{self.role}-{self.companies}")
        _fill(self.owner)
        member = self.join(self.owner, self.role, email=f"caller@{self.role}-{self.companies}.example")
        self.email = member.email
        return member.token

    def _is_as_it_was(self, token: str) -> bool:
        claims = token.split(".")[1]
        return bool(json.loads(base64.urlsafe_b64decode(claims + "==="))["role"] == self.role)


@pytest.fixture(autouse=True)
def _calls_reach_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mend what is sent, so that it is the application that answers, and more than one and the same refusal.

    The systematic cases all send one Idempotency-Key, which would be 422 from the second on: each gets its own. A
    budget of a few milliseconds, which would be 504 whatever is asked, is made a long one. And
    schemathesis 4.32 hands on what only a network has, in the calls that its checks make themselves.
    """
    send = WSGITransport.send

    def send_in_process(self: WSGITransport, case: Any, **options: Any) -> Any:
        if _WELL_FORMED_KEY.fullmatch(str(case.headers.get("Idempotency-Key", ""))):
            case.headers["Idempotency-Key"] = secrets.token_hex(16)
        if _WELL_FORMED_BUDGET.fullmatch(str(case.headers.get("X-Request-Timeout-Ms", ""))):
            case.headers["X-Request-Timeout-Ms"] = "30000"
        if case.meta is not None and case.meta.generation.mode.is_positive:
            _mend(case)
        for name in ("max_redirects", "verify", "cert", "proxies"):
            options.pop(name, None)
        return send(self, case, **options)

    monkeypatch.setattr(WSGITransport, "send", send_in_process)


def _mend(case: Any) -> None:
    """Put right what no schema can say and nothing drawn at random meets, or else most valid cases would end there.

    1. Cursors are signed: send none.
    2. A search by `q` takes no `sort`.
    3. The ETag must be the present one, where it can be read.
    4. The password must not be easily guessed, and many that are drawn repeat one letter; the present one is known.
    """
    case.query.pop("cursor", None)
    if "q" in case.query:
        case.query.pop("sort", None)
    if "If-Match" in case.headers:
        case.headers.update(_present_etag(case))
    if case.path.endswith(("/auth/signup", "/invitations:accept")) and "password" in case.body:
        case.body = {**case.body, "password": secrets.token_urlsafe(24)}
    if case.path.endswith("/auth/password:change"):
        case.body = {"current_password": PASSWORD, "new_password": secrets.token_urlsafe(24)}


def _present_etag(case: Any) -> dict[str, str]:
    token = str(case.headers.get("Authorization", "")).removeprefix("Bearer ")
    answer = Api(token).get(case.path.format(**case.path_parameters))
    return {"If-Match": answer.headers["ETag"]} if "ETag" in answer.headers else {}


@pytest.mark.timeout(3600 if _GIVEN else 120)
@pytest.mark.parametrize("role", _ROLES)
def test_api_keeps_its_contract_whatever_a_member_sends(
    role: str, database: object, new_member: Callable[..., Api]
) -> None:
    schema = _schema()
    _sign_in(schema, Callers(role, new_member))
    _assert_kept(schema, role)


@pytest.mark.timeout(3600 if _GIVEN else 120)
def test_api_keeps_its_contract_whatever_somebody_anonymous_sends(database: object) -> None:
    sign_up("acme")
    _assert_kept(_schema(), "anonymous")


def _schema() -> BaseSchema:
    config = SchemathesisConfig.from_dict(
        {
            "cache": {"enabled": False},
            "continue-on-failure": True,
            "auth": {"auto-signup": False},  # cases bring sessions of their own
            "output": {"sanitization": {"enabled": False}},  # what stands in for secrets here opens nothing
            "checks": _CHECKS,
            "generation": {
                "max-examples": _EXAMPLES,
                "deterministic": not _GIVEN,
                "allow-x00": False,  # refused in every string: said once in the introduction, not in each pattern
                "database": "none",
                "no-shrink": True,
            },
            "phases": {
                "examples": {"enabled": bool(_GIVEN)},
                "coverage": {"enabled": bool(_GIVEN)},
                "stateful": {"enabled": bool(_GIVEN)},
            },
        }
    )
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler(), config=config)


def _excuse(schema: BaseSchema) -> Counter[str]:
    """Let go of the failures that are none; give how many there were of each kind, which fills while the cases run."""
    excused: Counter[str] = Counter()

    @schema.hook
    def filter_failure(_context: Any, failure: Failure, _case: Any, response: Any) -> bool:
        reasons = set()
        if isinstance(failure, RejectedPositiveData):
            reasons = _codes(response.json()) & _BEYOND_A_SCHEMA.keys()
        if isinstance(failure, AcceptedNegativeData) and _refuses_an_item(response):
            reasons = {"refused in a batch"}
        excused.update(reasons)
        return not reasons

    return excused


def _codes(problem: dict[str, Any]) -> set[str]:
    return {problem["code"], *(field["code"] for field in problem["errors"])}


def _refuses_an_item(response: Any) -> bool:
    """Tell whether this is a batch of which a part was refused: it answers 200 and says what became of each item."""
    answer = response.json() if response.status_code == 200 else {}
    return any(item["status"] >= 400 for item in answer.get("results", ()))


def _sign_in(schema: BaseSchema, callers: Callers) -> None:
    class Session:
        def get(self, _case: Any, _context: Any) -> str:
            state = random.getstate()  # hypothesis refuses strategies that use it, and PyMongo does
            try:
                return callers.token()
            finally:
                random.setstate(state)

        def set(self, case: Any, token: str, _context: Any) -> None:
            case.headers["Authorization"] = f"Bearer {token}"

    schema.auth(refresh_interval=None)(Session)


def _assert_kept(schema: BaseSchema, who: str) -> None:
    """Run all phases; nothing may fail, and every operation must have been called."""
    excused, called, families, failures = _excuse(schema), set(), Counter[str](), {}
    for event in from_schema(schema).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            called.add(event.label)
            families.update(_families(event))
            failures |= _failures(event)
    figures = f"{families.total()} cases {dict(families)}, {len(failures)} failures, excused {dict(excused)}"
    print(f"schemathesis as {who}: {figures}")  # noqa: T201  the proof
    assert not failures, "\n\n".join(failures.values())
    assert {operation.ok().label for operation in schema.get_all_operations()} <= called


def _families(event: events.ScenarioFinished) -> list[str]:
    answers = [interaction.response for interaction in event.recorder.interactions.values()]
    return sorted(f"{answer.status_code // 100}xx" for answer in answers if answer is not None)


def _failures(event: events.ScenarioFinished) -> dict[str, str]:
    """Give what failed, once per operation and kind of failure."""
    found = {}
    for case_id, checks in event.recorder.checks.items():
        for failure in (check.failure_info for check in checks if check.failure_info is not None):
            answer = event.recorder.interactions[case_id].response
            text = answer.text if answer else "no answer"
            name = f"{event.label or event.phase.value}: {failure.failure.title}"
            found[name] = f"{name}\n{failure.failure}\n{failure.code_sample}\n{text}"
    return found


def _fill(owner: Api) -> None:
    """Give the company something to read, change and delete."""
    project = owner.post("/projects", {"key": "PLAN", "name": "The plan"}).json()
    task = owner.post("/tasks", {"project_id": project["id"], "title": "Write it down"}).json()
    owner.post(f"/tasks/{task['id']}/comments", {"body": "Where?"})
