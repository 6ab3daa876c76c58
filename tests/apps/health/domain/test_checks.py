"""What all checks together say."""

from apps.health.domain.checks import worst
from apps.health.enums import State


def test_the_worst_counts() -> None:
    assert worst([State.PASS, State.FAIL, State.WARN]) is State.FAIL
    assert worst([State.PASS, State.WARN]) is State.WARN
    assert worst([]) is State.PASS
