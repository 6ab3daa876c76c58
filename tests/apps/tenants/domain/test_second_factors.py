"""Who has a second factor, as the tenants app asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bson import ObjectId

from apps.tenants.domain import second_factors

if TYPE_CHECKING:
    import pytest


def test_the_one_who_knows_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factors, "_answer", second_factors._answer)  # put back afterwards
    somebody = ObjectId()
    second_factors.use(lambda identity_id: identity_id == somebody)
    assert second_factors.has_one(somebody)
    assert not second_factors.has_one(ObjectId())


def test_nobody_has_one_as_long_as_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factors, "_answer", second_factors._nobody)
    assert not second_factors.has_one(ObjectId())
