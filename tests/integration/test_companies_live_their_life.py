"""A company's states over HTTP: what its people may do in each, from their next request on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.tenants.domain import limits, standing
from apps.work.enums import JobStatus
from tests.api import PASSWORD, Api
from tests.apps.work.jobs import done

if TYPE_CHECKING:
    from novapulse.gate.gate import Gate


@pytest.fixture
def project(acme: Api) -> str:
    """Give the company a project with a task."""
    made: str = acme.post("/projects", {"key": "APP", "name": "App"}).json()["id"]
    acme.post("/tasks", {"project_id": made, "title": "Kept"})
    return made


def add(person: Api, project_id: str) -> Any:
    return person.post("/tasks", {"project_id": project_id, "title": "New"})


def test_read_only_company_is_read_and_not_changed_until_it_is_resumed(acme: Api, rival: Api, project: str) -> None:
    standing.make_read_only("acme")
    refused = add(acme, project)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:novapulse:problem:company-read-only")
    assert "RateLimit" in refused
    assert [task["title"] for task in acme.get("/tasks").json()["data"]] == ["Kept"]
    assert rival.post("/projects", {"key": "RV", "name": "R"}).status_code == 201
    standing.resume("acme")
    assert add(acme, project).status_code == 201


def test_api_keys_are_held_to_it_as_people_are(acme: Api, project: str) -> None:
    key = Api(acme.post("/api-keys", {"name": "robot"}).json()["key"])
    assert add(key, project).status_code == 201
    standing.make_read_only("acme")
    assert (add(key, project).json()["code"], key.get("/tasks").status_code) == ("company-read-only", 200)


def test_read_only_holds_without_redis(acme: Api, rival: Api, project: str, redis_away: Gate) -> None:
    assert add(acme, project).status_code == 201
    standing.make_read_only("acme")
    assert (add(acme, project).json()["code"], acme.get("/tasks").status_code) == ("company-read-only", 200)
    assert rival.post("/projects", {"key": "RV", "name": "R"}).status_code == 201
    standing.resume("acme")
    assert add(acme, project).status_code == 201


def test_company_whose_limits_change_stays_read_only(acme: Api, project: str) -> None:
    standing.make_read_only("acme")
    limits.agree("acme", limits.Agreement(quota=500))
    assert add(acme, project).json()["code"] == "company-read-only"


@pytest.mark.usefixtures("queues")
def test_read_only_company_takes_its_data_along(acme: Api, project: str) -> None:
    standing.make_read_only("acme")
    for path, body in (("/exports", {"format": "csv"}), ("/company:export", None)):
        assert done(acme, acme.post(path, body))["status"] == JobStatus.SUCCEEDED


@pytest.mark.usefixtures("queues")
def test_import_that_was_asked_for_before_changes_nothing_of_a_read_only_company(acme: Api, project: str) -> None:
    asked = acme.upload("/imports", b"external_key,title\nA-1,Late\n", project_id=project)
    standing.make_read_only("acme")
    job = done(acme, asked)
    assert (job["status"], job["errors"][0]["code"]) == (JobStatus.FAILED, "not-allowed-any-more")
    assert [task["title"] for task in acme.get("/tasks").json()["data"]] == ["Kept"]


def test_people_of_a_read_only_company_change_their_password_and_sign_out(acme: Api) -> None:
    standing.make_read_only("acme")
    wanted = {"current_password": PASSWORD, "new_password": "another river under five bridges"}
    changed = acme.post("/auth/password:change", wanted)
    assert changed.status_code == 200
    assert Api(changed.json()["access_token"]).post("/auth/logout").status_code == 204


def test_suspended_company_is_let_in_again_to_read_only(acme: Api, project: str) -> None:
    standing.suspend("acme")
    standing.make_read_only("acme")
    assert acme.get("/tasks").status_code == 401
    renewed = Api(acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()["access_token"])
    assert (renewed.get("/tasks").status_code, add(renewed, project).json()["code"]) == (200, "company-read-only")
