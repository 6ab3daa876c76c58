"""Oneself: what was true when the token was issued is read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.domain import profile
from novapulse.context import Principal
from novapulse.errors import Unauthenticated

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api


def _principal(api: Api) -> Principal:
    return Principal("person", ObjectId(api.user["id"]), api.membership_id, ObjectId(), "owner")


def test_profile_shows_the_present_role_when_the_token_has_an_old_one(
    acme: Api, database: Database[dict[str, Any]]
) -> None:
    database.memberships.update_one({"_id": acme.membership_id}, {"$set": {"role": "viewer"}})
    assert profile.present(profile.of(_principal(acme)))["role"] == "viewer"


def test_profile_is_not_shown_when_the_membership_has_ended(acme: Api, database: Database[dict[str, Any]]) -> None:
    database.memberships.update_one({"_id": acme.membership_id}, {"$set": {"status": "ended"}})
    with pytest.raises(Unauthenticated):
        profile.of(_principal(acme))


def test_companies_are_only_those_with_an_active_membership(acme: Api, rival: Api) -> None:
    (mine,) = profile.companies_of(ObjectId(acme.user["id"]))
    assert (mine["slug"], mine["role"], mine["membership_id"]) == ("acme", "owner", acme.membership_id)
