"""Where a value belongs."""

from __future__ import annotations

from novapulse.vault.place import Place


def test_no_two_places_are_alike() -> None:
    places = [Place("A_B", "c"), Place("A", "b_c"), Place("A_B", "C"), Place("A", "B\nc")]

    assert len({place.context for place in places}) == 4
    assert Place("KEY", "blue").encryption_context == {"novapulse:variable": "KEY", "novapulse:environment": "blue"}
