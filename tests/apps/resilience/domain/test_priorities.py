"""What is let in first when not everything can be."""

from __future__ import annotations

from itertools import pairwise

from apps.resilience import conf
from apps.resilience.domain.priorities import left_free_by


def test_auth_comes_before_writes_writes_before_reads_and_reads_before_exports() -> None:
    places = [
        left_free_by("POST", "/api/v1/auth/login"),
        left_free_by("POST", "/api/v1/tasks"),
        left_free_by("GET", "/api/v1/tasks"),
        left_free_by("GET", "/api/v1/exports"),
    ]
    left = [each for each in places if each is not None]

    assert (left[0], len(left)) == (0, 4)
    assert all(before < after for before, after in pairwise(left))
    assert left[-1] < conf.LEAST_INSIDE  # nothing is shut out altogether


def test_health_is_never_refused() -> None:
    assert {left_free_by("GET", path) for path in ("/health/live", "/health/ready", "/health/status")} == {None}


def test_what_may_bring_a_body_is_no_question_of_health() -> None:
    assert left_free_by("POST", "/health/live") == left_free_by("POST", "/api/v1/tasks")
