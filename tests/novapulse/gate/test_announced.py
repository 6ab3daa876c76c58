"""Changes obeyed from memory, whatever Redis says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from novapulse.gate import announced
from novapulse.gate.announced import Announced
from novapulse.gate.decision import Change, Level
from tests.novapulse.gate.conftest import credential
from tests.novapulse.gate.test_gate import ENDING, change_of


@pytest.mark.parametrize("level", ENDING)
def test_a_pending_change_ends_its_credential_and_no_other(level: Level) -> None:
    known, shown = Announced(), credential()
    known.hear({"1": change_of(level, shown)})

    assert known.ends(shown) is level
    assert known.ends(replace(credential(), token_id="b" * 32)) is None


def test_of_several_versions_the_highest_counts() -> None:
    known, shown = Announced(), credential(membership_version=2)
    changes = [Change(Level.MEMBERSHIP, shown.membership_id, shown.company_id, version=each) for each in (3, 2)]
    known.hear(dict(enumerate(changes)))  # type: ignore[arg-type]  # any ids do

    assert known.ends(shown) is Level.MEMBERSHIP
    assert known.ends(replace(shown, membership_version=3)) is None


def test_only_what_is_new_is_news() -> None:
    known, shown = Announced(), credential()
    first, second = change_of(Level.COMPANY, shown), change_of(Level.CREDENTIAL, shown)

    assert known.hear({"1": first}) == [first]
    assert known.hear({"1": first, "2": second}) == [second]
    assert known.hear({}) == []
    assert known.ends(shown) is None


def test_a_change_is_settled_once_everybody_has_had_the_time_to_hear_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Announced()
    change = change_of(Level.COMPANY, credential())
    known.hear({"1": change})
    assert known.settled() == {}
    monkeypatch.setattr(announced, "HEARD_SECONDS", 0.0)
    assert known.settled() == {"1": change}


def test_an_api_key_is_not_taken_for_a_token_without_a_name() -> None:
    known, shown = Announced(), credential(token_id="")
    known.hear({"1": Change(Level.TOKEN, "a" * 32, shown.company_id, credential_id=shown.credential_id)})

    assert known.ends(shown) is None
