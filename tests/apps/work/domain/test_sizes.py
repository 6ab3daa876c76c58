"""How much there is of a company's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.work.domain import sizes
from novapulse.tenancy import scope

if TYPE_CHECKING:
    import pytest

    from tests.api import Api


def words(company: Api) -> dict[str, str]:
    with scope.company(company.company_id, location="DE"):
        return {each.kind: each.words for each in sizes.of_company()}


def test_projects_tasks_and_comments_of_one_company_are_counted(
    acme: Api, rival: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in (acme, rival):
        project = owner.post("/projects", {"key": "APP", "name": "App"}).json()["id"]
        for _ in range(3):
            task = owner.post("/tasks", {"project_id": project, "title": "Fix"}).json()["id"]
        owner.post(f"/tasks/{task}/comments", {"body": "Done"})

    assert words(acme) == {"Projects": "1", "Tasks": "3", "Comments": "1"}
    monkeypatch.setattr(sizes, "COUNTED_AT_MOST", 2)
    assert words(acme)["Tasks"] == "2 or more"
