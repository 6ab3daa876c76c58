"""The tree of trouble."""

import pytest

from novapulse import errors

FAMILIES = (
    errors.Invalid,
    errors.Unauthenticated,
    errors.Denied,
    errors.NotFound,
    errors.Conflict,
    errors.TooMany,
    errors.Unavailable,
    errors.TimedOut,
)


class Nameless(errors.Conflict):
    code = "nameless"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_a_code_and_a_sentence_of_its_own(family: type[errors.Trouble]) -> None:
    trouble = family()

    assert trouble.code not in {other.code for other in FAMILIES if other is not family}
    assert trouble.detail == errors.sentence(family)
    assert trouble.detail.endswith(".")
    assert str(trouble) == trouble.detail


def test_a_trouble_says_what_it_is_told_to_say() -> None:
    assert errors.Invalid("The colour is not one.").detail == "The colour is not one."


def test_a_trouble_without_a_docstring_speaks_for_its_family() -> None:
    assert Nameless().detail == errors.Conflict().detail


def test_a_trouble_names_the_fields_that_are_to_blame() -> None:
    field = errors.FieldError("/name", "required", "Give a name.")

    assert errors.Invalid(fields=(field,)).fields == (field,)
    assert errors.Invalid().fields == ()


def test_too_many_says_when_to_come_back() -> None:
    assert errors.TooMany().retry_after_seconds == 1
    assert errors.TooMany("Slower.", retry_after_seconds=7).retry_after_seconds == 7


def test_timed_out_says_in_what() -> None:
    assert errors.TimedOut().phase == "python"
    assert errors.TimedOut("The database did not answer.", phase="database").phase == "database"


def test_overload_is_a_kind_of_unavailable_that_is_safe_to_retry() -> None:
    assert isinstance(errors.Overloaded(), errors.Unavailable)
    assert errors.Overloaded.code == "overloaded"
    assert errors.Overloaded().detail.endswith("nothing was changed, so a retry is safe.")
