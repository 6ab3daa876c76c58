"""A traceback tells where, never what the values were."""

from __future__ import annotations

from novapulse.log import failure


def broken(value: str) -> Exception:
    try:
        try:
            int(value)
        except ValueError as error:
            raise LookupError(f"no {value}") from error
    except LookupError as error:
        return error


def test_an_exception_is_told_with_its_causes_and_places_and_without_its_messages() -> None:
    told = failure.told(broken("swordfish"))

    assert told.count("Traceback (most recent call last):") == 2
    assert "int(value)" in told
    assert told.index("builtins.ValueError\n") < told.index("which led to:") < told.index("builtins.LookupError\n")
    assert "swordfish" not in told


def test_a_chain_without_end_is_cut() -> None:
    error: Exception = ValueError()
    for _ in range(50):
        following = ValueError()
        following.__cause__ = error
        error = following

    assert failure.told(error).count("Traceback") == 5
