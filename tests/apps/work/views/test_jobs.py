"""Jobs over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api

FILE = b"external_key,title\nEX-1,One\n"


def test_jobs_are_listed_page_by_page(acme: Api, project: dict[str, Any]) -> None:
    ids = [acme.upload("/imports", FILE, project_id=project["id"]).json()["id"] for _ in range(3)]

    first = acme.get("/jobs?limit=2").json()
    rest = acme.get(f"/jobs?limit=2&cursor={first['next_cursor']}").json()

    assert [job["id"] for job in first["data"] + rest["data"]] == ids[::-1]
    assert acme.get("/jobs?sort=created_at&limit=1").json()["data"][0]["id"] == ids[0]


def test_job_of_somebody_else_is_like_one_that_does_not_exist(
    acme: Api, rival: Api, new_member: Callable[..., Api], project: dict[str, Any]
) -> None:
    job_id = acme.upload("/imports", FILE, project_id=project["id"]).json()["id"]

    for other in (rival, new_member(acme, "manager"), new_member(acme, "admin")):
        theirs, nobodys = other.get(f"/jobs/{job_id}"), other.get(f"/jobs/{ObjectId()}")
        assert (theirs.status_code, theirs.json()["code"]) == (404, "not-found")
        assert theirs.json()["detail"] == nobodys.json()["detail"]
        assert other.get("/jobs").json()["data"] == []


def test_service_account_imports_and_sees_its_job_by_its_key(acme: Api, project: dict[str, Any]) -> None:
    from tests.api import Api as Client  # noqa: PLC0415  the name is the type's above

    made = acme.post("/api-keys", {"name": "Importer", "service_account": {"name": "Importer", "role": "manager"}})
    service = Client(made.json()["key"])

    job = service.upload("/imports", FILE, project_id=project["id"]).json()

    assert service.get(f"/jobs/{job['id']}").json()["created_by_id"] == job["created_by_id"]
    assert acme.get(f"/jobs/{job['id']}").status_code == 404
