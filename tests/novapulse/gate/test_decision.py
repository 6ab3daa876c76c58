"""What the truth says of a credential: any one level ends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from novapulse.gate.decision import Level
from tests.novapulse.gate.conftest import TRUTH, credential

CHANGES = {
    Level.COMPANY: {"company_version": 2},
    Level.MEMBERSHIP: {"membership_version": 2},
    Level.CREDENTIAL: {"is_live": False},
    Level.TOKEN: {"revoked_tokens": frozenset({"a" * 32})},
}


def test_a_credential_of_the_present_versions_is_good() -> None:
    assert TRUTH.ends(credential()) is None


@pytest.mark.parametrize("level", CHANGES)
def test_each_level_ends_it(level: Level) -> None:
    assert replace(TRUTH, **CHANGES[level]).ends(credential()) is level


def test_versions_that_mongodb_does_not_know_of_are_not_good_either() -> None:
    assert TRUTH.ends(credential(company_version=2)) is Level.COMPANY
    assert TRUTH.ends(credential(membership_version=2)) is Level.MEMBERSHIP
