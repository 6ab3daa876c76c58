"""Every bad token gets one and the same answer, and a good one asks no store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import RequestFactory

from apps.auth import api as auth_api
from apps.auth.authentication import AccessTokenAuthentication, RolePermission
from apps.auth.domain import key_kinds, key_rotation, permissions, tokens, users, verified
from apps.auth.domain.key_ring import KeyRing, ring
from apps.auth.domain.verified import VerifiedTokens
from apps.auth.enums import Algorithm
from novapulse import clock
from novapulse.data import registry
from novapulse.web.view import ApiView, Operation
from tests.api import PASSWORD, Api
from tests.apps.auth import attacks
from tests.apps.auth.attacks import Target
from tests.apps.auth.forgery import altered

if TYPE_CHECKING:
    from django.http import HttpResponse
    from pymongo.collection import Collection
    from pytest_django.fixtures import SettingsWrapper


def masked(response: HttpResponse) -> bytes:
    """Give the body without what names the request."""
    return response.content.replace(response.headers["X-Request-ID"].encode(), b"-")


def test_every_bad_token_gets_the_same_answer(acme: Api) -> None:
    bad = [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        f"Bearer {acme.token} {acme.token}",
        f"Bearer  {acme.token}",
        f"Basic {acme.token}",
        f"Token {acme.token}",
        acme.token,
        "",
        f"Bearer {acme.refresh_token}",
        f"Bearer {altered(acme.token, header={'kid': 'x' * 43})}",
        f"Bearer {altered(acme.token, header={'alg': 'none'})}",
        f"Bearer {altered(acme.token, claims={'aud': 'elsewhere'})}",
        f"Bearer {altered(acme.token, claims={'exp': 1})}",
        f"Bearer {'x' * 5000}",
    ]
    answers = [Api().get("/me", Authorization=header) for header in bad]
    assert {answer.status_code for answer in answers} == {401}
    assert {masked(answer) for answer in answers} == {masked(Api().get("/me"))}
    assert all(answer.headers["WWW-Authenticate"].startswith("Bearer") for answer in answers)


def test_expired_token_gets_that_answer_too(acme: Api) -> None:
    assert acme.get("/me").status_code == 200
    with clock.shifted(timedelta(minutes=10)):
        assert masked(acme.get("/me")) == masked(Api().get("/me"))


def test_token_in_the_url_is_refused(acme: Api) -> None:
    for name in ("access_token", "token", "jwt"):
        assert Api().get(f"/me?{name}={acme.token}").status_code == 401


def test_scheme_is_read_without_case(acme: Api) -> None:
    assert Api().get("/me", Authorization=f"bearer {acme.token}").status_code == 200


def test_no_header_is_no_opinion() -> None:
    assert AccessTokenAuthentication().authenticate(RequestFactory().get("/")) is None


def test_known_token_asks_no_store(acme: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {acme.token}"})
    authenticator = AccessTokenAuthentication()
    first = authenticator.authenticate(request)
    monkeypatch.setattr(registry.provider("mongodb"), "client", None)  # whoever asks for it now breaks
    assert authenticator.authenticate(request) == first


class _View(ApiView):
    operations = {"GET": Operation("Read", "tasks.read"), "POST": Operation("Odd", "no.such.permission")}


@pytest.mark.parametrize(
    ("method", "role", "granted"),
    [
        ("GET", "viewer", True),
        ("HEAD", "viewer", True),
        ("POST", "owner", False),
        ("DELETE", "owner", False),
        ("GET", "operator", False),
    ],
)
def test_permission_is_denied_unless_the_table_grants_it(acme: Api, method: str, role: str, *, granted: bool) -> None:
    request: Any = RequestFactory().generic(method, "/")
    request.user = type("User", (), {"principal": type("Principal", (), {"role": role, "scopes": None})})
    assert RolePermission().has_permission(request, _View()) is granted


def test_whoever_has_not_been_through_the_gate_is_nobody(acme: Api, settings: SettingsWrapper) -> None:
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {acme.token}"})
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "TokenRevocation" not in name]

    assert AccessTokenAuthentication().authenticate(request) is None
    assert acme.get("/me").status_code == 401


def test_routes_answer_503_when_mongodb_refuses(acme: Api, mongo_refused: None) -> None:
    answers = [
        Api().post("/auth/login", {"email": acme.email, "password": PASSWORD}),
        Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}),
        acme.get("/me"),
        acme.post("/auth/switch", {"company_slug": "acme"}),
        acme.post("/auth/logout"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "unavailable")] * 5
    assert all(answer.headers["Retry-After"] for answer in answers)


def test_good_token_is_never_called_bad_when_the_keys_cannot_be_read(
    acme: Api, mongo_refused: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = KeyRing()
    monkeypatch.setattr(tokens, "ring", empty)
    monkeypatch.setattr(verified, "ring", empty)
    monkeypatch.setattr(users, "verified", VerifiedTokens(most=10))
    assert acme.get("/me").status_code == 503


@pytest.fixture
def targets(acme: Api, own_keys: Collection[dict[str, Any]]) -> list[Target]:
    """Give a good token of either kind of key, and the keys, all of them ours."""
    signers = {ring.active().algorithm: ring.active()}
    key_rotation.activate(key_rotation.add(Algorithm.RS256).kid, known_for=key_rotation.AT_ONCE)
    ring.refresh()
    signers[Algorithm.RS256] = ring.active()
    refreshed = Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"]
    own, other = signers[Algorithm.EDDSA], signers[Algorithm.RS256]
    return [
        Target(acme.token, own=own, other=other, stranger=key_kinds.generate(Algorithm.EDDSA)),
        Target(refreshed, own=other, other=own, stranger=key_kinds.generate(Algorithm.RS256)),
    ]


def test_every_attack_on_tokens_gets_the_same_answer(acme: Api, targets: list[Target]) -> None:
    nobody = Api().get("/me")
    for target in targets:
        for good in (target.token, target.forged({}), target.forged({}, {"more": 1})):
            assert Api(good).get("/me").status_code == 200
        known = attacks.all_of(target, refresh_token=acme.refresh_token)
        answers = {name: Api(token).get("/me") for name, token in known.items()}
        assert [name for name, answer in answers.items() if answer.status_code != 401] == []
        assert {masked(answer) for answer in answers.values()} == {masked(nobody)}
        challenges = {answer.headers["WWW-Authenticate"] for answer in answers.values()}
        assert challenges == {'Bearer error="invalid_token"'}
        assert len(known) > 200


def test_every_token_of_which_a_bit_was_flipped_gets_the_same_answer(acme: Api, targets: list[Target]) -> None:
    for target in targets:
        answers = [Api(token).get("/me") for token in attacks.bit_flips(target.token)]
        assert len(answers) == 500
        assert {(answer.status_code, masked(answer)) for answer in answers} == {(401, masked(Api().get("/me")))}


def test_token_of_a_retired_key_gets_that_answer_too_though_it_was_verified_before(
    acme: Api, own_keys: Collection[dict[str, Any]]
) -> None:
    former = ring.active().kid
    key_rotation.activate(key_rotation.add(Algorithm.EDDSA).kid, known_for=key_rotation.AT_ONCE)
    auth_api.forget_keys()
    assert acme.get("/me").status_code == 200
    key_rotation.retire(former)
    auth_api.forget_keys()
    assert masked(acme.get("/me")) == masked(Api().get("/me"))


@pytest.mark.parametrize(("role", "permission"), [("viewer", "tasks.delete"), ("operator", "tasks.read")])
def test_whoever_may_not_anyway_is_not_told_of_a_second_factor(role: str, permission: str) -> None:
    request: Any = RequestFactory().get("/")
    principal = type("Principal", (), {"role": role, "scopes": permissions.WITHOUT_MFA})
    request.user = type("User", (), {"principal": principal})
    view = type("View", (ApiView,), {"operations": {"GET": Operation("Read", permission)}})
    assert RolePermission().has_permission(request, view()) is False
