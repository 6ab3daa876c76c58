"""The version of a company's credentials."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from apps.tenants import api as tenants_api
from apps.tenants.domain import credentials, gate_changes
from apps.tenants.errors import CompanyGoing
from novapulse.data import transaction
from novapulse.errors import NotFound
from novapulse.gate.decision import Change, Level
from tests import people


def test_it_is_raised_and_announced_and_neither_the_companys_own_version_nor_another_company_changes(
    database: object,
) -> None:
    acme, rival = people.company("acme"), people.company("rival")
    after = transaction.run(lambda: credentials.end_access_tokens(acme.id))

    assert (after.credential_version, after.version) == (acme.credential_version + 1, acme.version)
    told = Change(Level.COMPANY, str(acme.id), company_id=str(acme.id), version=after.credential_version)
    assert list(gate_changes.pending().values()) == [told]
    assert tenants_api.company(rival.id) == rival


def test_a_company_that_is_not_there_is_not_found(database: object) -> None:
    with pytest.raises(NotFound):
        transaction.run(lambda: credentials.end_access_tokens(ObjectId()))


def test_of_a_company_whose_deletion_has_begun_nothing_is_written(database: Any) -> None:
    acme = people.company("acme")
    tenants_api.ask_deletion("acme")
    transaction.run(lambda: tenants_api.begin_deletion(acme.id))
    before = database["companies"].find_one()

    with pytest.raises(CompanyGoing):
        transaction.run(lambda: credentials.end_access_tokens(acme.id))
    assert database["companies"].find_one() == before
