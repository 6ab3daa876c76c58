"""Companies that an operator founds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.operations.domain import founding
from apps.operations.domain.founding import Charter
from apps.tenants import api as tenants_api
from apps.tenants.errors import SlugTaken
from novapulse.errors import Invalid
from tests.audited import Audited

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api

NOVA = Charter("nova", "Nova", "FR")


def test_owner_is_who_has_the_address_or_somebody_new(rival: Api, database: Database[dict[str, Any]]) -> None:
    for charter, email in ((NOVA, rival.email), (Charter("two", "Two", "DE"), "tim@two.example")):
        company = founding.found(charter, owner_email=email)
        (member,) = database.memberships.find({"company_id": company.id})
        identity = database.identities.find_one({"_id": member["identity_id"]})
        assert identity is not None
        assert (member["role"], member["location"], identity["email"]) == ("owner", charter.country, email)
    assert database.identities.count_documents({}) == 2


def test_founding_is_recorded_with_its_owner(database: Database[dict[str, Any]]) -> None:
    audited = Audited(database)
    company = founding.found(NOVA, owner_email="nora@nova.example")
    told = {(each["action"], each["reason"], each["company_id"]) for each in audited.told()}
    assert told == {("company.created", None, company.id), ("member.joined", "founded", company.id)}


@pytest.mark.parametrize(
    ("charter", "owner", "sentence"),
    [
        (Charter("N!", "Nova", "FR"), "n@nova.example", "'N!' is no slug"),
        (Charter("nova", "Nova", "XX"), "n@nova.example", "'XX' is no country"),
        (Charter("nova", "", "FR"), "n@nova.example", "A name has from 1"),
        (NOVA, "nora", "'nora' is not an address"),
    ],
)
def test_what_cannot_be_founded_leaves_nothing(
    database: Database[dict[str, Any]], charter: Charter, owner: str, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        founding.found(charter, owner_email=owner)
    assert database.companies.count_documents({}) == 0


def test_slug_of_another_company_is_refused(rival: Api) -> None:
    with pytest.raises(SlugTaken):
        founding.found_empty(Charter("rival", "Rival", "FR"))
    assert tenants_api.company_named("rival").country == "FR"
