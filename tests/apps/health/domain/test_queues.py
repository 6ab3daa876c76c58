"""What people would notice of the queues is a warning, and no answer waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.health.domain import queues as watched
from apps.health.domain.queues import QueueWatch
from apps.health.enums import State
from novapulse import clock
from novapulse.errors import Unavailable
from novapulse.queues import depths
from novapulse.queues.depths import Depth, Overview, Work
from novapulse.queues.figures import Counted
from tests.api import Api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apps.health.domain.checks import Check

CALM = Depth("default", waiting=3, in_flight=2, delayed=1, dead=0, dead_in_flight=0)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Check]]:
    """Look at queues that are said to be so: `seen(depth, oldest=5)` gives the checks by figure."""

    def look(
        depth: Depth | None = CALM, *, oldest: float = 5.0, lag: float = 0.0, trouble: str = ""
    ) -> dict[str, Check]:
        work = Work("default", depth, 6, oldest, Counted())
        monkeypatch.setattr(depths, "overview", lambda: Overview(clock.now(), (work,), lag, trouble=trouble))
        watch = QueueWatch()
        watch.look()
        return {check.figure: check for check in watch.found()}

    return look


@pytest.fixture
def serving() -> Iterator[QueueWatch]:
    watched._watches[:] = [QueueWatch()]
    yield watched._watches[0]
    watched._watches.clear()


def bad(checks: dict[str, Check]) -> set[str]:
    return {name for name, check in checks.items() if check.state is not State.PASS}


def test_queues_that_are_well_show_their_figures(seen: Callable[..., dict[str, Check]]) -> None:
    checks = seen()

    assert bad(checks) == set()
    assert {name: check.value for name, check in checks.items()} == {
        "outbox-lag": 0.0,
        "default-unfinished": 6,
        "default-oldest": 5.0,
        "default-depth": 4,
        "default-dead": 0,
        "default-in-flight": 2,
    }


@pytest.mark.parametrize(
    ("state", "figure"),
    [
        ({"oldest": 16 * 60.0}, "default-oldest"),
        ({"lag": 61.0}, "outbox-lag"),
        ({"depth": Depth("default", 0, 0, 0, dead=0, dead_in_flight=1)}, "default-dead"),
        ({"depth": Depth("default", 0, 100_000, 0, 0, 0)}, "default-in-flight"),
        ({"depth": None, "trouble": "A queue is missing."}, "depths"),
    ],
)
def test_what_people_would_notice_is_a_warning(
    seen: Callable[..., dict[str, Check]], state: dict[str, Any], figure: str
) -> None:
    checks = seen(**state)

    assert bad(checks) == {figure}
    assert (checks[figure].state, checks[figure].output != "") == (State.WARN, True)


def test_what_nobody_tells_is_a_warning_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise Unavailable

    monkeypatch.setattr(depths, "overview", away)
    watch = QueueWatch()
    watch.look()

    assert [(check.value, check.state) for check in watch.found()] == [("unknown", State.WARN)]


@pytest.mark.usefixtures("database", "queues")
def test_ready_and_status_tell_of_the_queues_where_they_are_watched(serving: QueueWatch) -> None:
    assert "queues" not in Api().get("/health/ready").json()["checks"]
    serving.look()

    assert Api().get("/health/ready").json()["checks"]["queues"] == "pass"


def test_no_answer_waits_for_a_look(serving: QueueWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depths, "overview", lambda: pytest.fail("an answer has looked"))

    assert watched.found() == serving.found() == []
