"""The demo company."""

from __future__ import annotations

import pytest

from apps.operations.domain import demo
from apps.operations.domain.demo import SignIn
from tests.api import Api


@pytest.mark.usefixtures("database")
def test_demo_company_is_founded_once_and_its_owner_can_sign_in() -> None:
    sign_in = demo.seed()

    assert isinstance(sign_in, SignIn)
    assert demo.seed() is None
    answer = Api().post("/auth/login", {"email": sign_in.email, "password": sign_in.password})
    owner = Api(answer.json()["access_token"])
    assert [project["key"] for project in owner.get("/projects?sort=name").json()["data"]] == ["OPS", "WEB"]
    assert len(owner.get("/tasks").json()["data"]) == 6
