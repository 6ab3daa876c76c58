"""Troubles that only HTTP has."""

import pytest

from novapulse.errors import Trouble, sentence
from novapulse.web import problems, refusals

STATUS = {
    refusals.MalformedBody: 400,
    refusals.UnknownHost: 400,
    refusals.MethodNotAllowed: 405,
    refusals.IdempotencyKeyInFlight: 409,
    refusals.LengthRequired: 411,
    refusals.PreconditionFailed: 412,
    refusals.BodyTooLarge: 413,
    refusals.UnsupportedMediaType: 415,
    refusals.IdempotencyKeyReused: 422,
    refusals.PreconditionRequired: 428,
}


def test_every_refusal_is_listed_here() -> None:
    declared = {each for each in vars(refusals).values() if isinstance(each, type) and issubclass(each, Trouble)}

    assert {each for each in declared if each.__module__ == refusals.__name__} == set(STATUS)


@pytest.mark.parametrize("refusal", STATUS)
def test_a_refusal_has_its_status_and_a_sentence(refusal: type[Trouble]) -> None:
    trouble = refusal(allowed=("GET",)) if refusal is refusals.MethodNotAllowed else refusal()

    assert problems.status_of(trouble) == STATUS[refusal]
    assert trouble.detail == sentence(refusal)


def test_each_refusal_has_a_code_of_its_own() -> None:
    assert len({refusal.code for refusal in STATUS}) == len(STATUS)
