"""Oneself, as a client sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId

from novapulse import clock

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api


def test_me_shows_person_place_and_company(acme: Api, rival: Api) -> None:
    body = acme.get("/me").json()
    assert body.items() >= {**acme.user, "email_verified": False, "version": 1}.items()
    assert body["company"] == {name: acme.company[name] for name in ("id", "name", "slug")}
    added = {"email_verified", "mfa_enabled", "company", "acted_by", "version", "created_at", "updated_at"}
    assert body.keys() - acme.user.keys() == added


def test_name_is_changed_and_nothing_else(acme: Api, rival: Api) -> None:
    changed = acme.patch("/me", {"name": " Oliver  "})
    assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "Oliver", 2)
    assert acme.get("/me").json() == changed.json()
    assert rival.get("/me").json()["name"] == "Olive Owner"


def test_empty_patch_changes_nothing(acme: Api) -> None:
    before = acme.get("/me").json()
    assert acme.patch("/me", {}).json() == before


def test_name_stays_when_the_membership_has_ended(acme: Api, rival: Api, database: Database[dict[str, Any]]) -> None:
    database.memberships.update_one({"_id": acme.membership_id}, {"$set": {"status": "ended"}})
    assert acme.patch("/me", {"name": "Oliver"}).status_code == 401
    assert database.identities.distinct("name") == ["Olive Owner"]


def test_other_fields_are_refused(acme: Api) -> None:
    for field, value in {"email": "x@y.example", "role": "viewer", "id": str(ObjectId()), "version": 9}.items():
        answer = acme.patch("/me", {field: value})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{field}")


def test_companies_list_all_of_ones_own(acme: Api, rival: Api, database: Database[dict[str, Any]]) -> None:
    joined = ObjectId()
    database.memberships.insert_one(
        {
            "_id": joined,
            "company_id": rival.company_id,
            "location": "FR",
            "identity_id": ObjectId(acme.user["id"]),
            "role": "viewer",
            "kind": "person",
            "status": "active",
            "credential_version": 1,
            "version": 1,
            "created_at": clock.now(),
            "updated_at": clock.now(),
        }
    )
    body = acme.get("/me/companies").json()
    assert body["next_cursor"] is None
    assert [(row["slug"], row["role"], row["membership_id"]) for row in body["data"]] == [
        ("acme", "owner", acme.user["membership_id"]),
        ("rival", "viewer", str(joined)),
    ]
    assert [row["slug"] for row in rival.get("/me/companies").json()["data"]] == ["rival"]
