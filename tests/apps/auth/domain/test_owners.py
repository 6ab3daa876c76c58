"""Whose a membership, an invitation or an API key is."""

from __future__ import annotations

from bson import ObjectId

from apps.auth.documents import ApiKey, Invitation
from apps.auth.domain.owners import OWNERS
from apps.auth.enums import Role
from tests import people


def test_an_id_belongs_to_the_company_that_it_was_made_in(database: object) -> None:
    olive = people.person(people.company("acme"), role=Role.OWNER)
    company_id, invitation_id, key_id = olive.membership.company_id, ObjectId(), ObjectId()
    Invitation.collection().insert_one({"_id": invitation_id, "company_id": company_id})
    ApiKey.collection().insert_one({"_id": key_id, "company_id": company_id})

    ids = {"member_id": olive.id, "invitation_id": invitation_id, "key_id": key_id}
    assert {name: find(ids[name]) for name, find in OWNERS.items()} == dict.fromkeys(ids, company_id)
    assert {find(ObjectId()) for find in OWNERS.values()} == {None}
