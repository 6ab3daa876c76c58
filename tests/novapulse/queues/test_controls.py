from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.queues import controls

if TYPE_CHECKING:
    from tests.commands import Commands

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    controls._seen.forget()


def test_a_queue_and_a_company_are_paused_until_they_are_resumed() -> None:
    controls.pause("queue:default", by="olive")
    controls.pause("company:c", by="olive")

    assert controls.paused().queues == {"default"}
    assert controls.paused().companies == {"c"}
    assert controls.resume("queue:default") is True
    assert controls.resume("queue:default") is False
    assert controls.paused().queues == frozenset()


def test_what_is_paused_is_read_once_a_second_at_most(commands: Commands) -> None:
    controls.paused()
    before = len(commands.names)
    for _ in range(100):
        controls.paused()

    assert len(commands.names) - before <= 20  # a machine may take long over a hundred


def test_a_lease_is_one_processs_until_it_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert controls.lease("sweeper", seconds=10)
    assert controls.lease("sweeper", seconds=10)
    monkeypatch.setattr(controls._seen, "process", "another")
    assert not controls.lease("sweeper", seconds=10)
    with clock.shifted(timedelta(seconds=11)):
        assert controls.lease("sweeper", seconds=10)


def test_a_lease_is_not_listed_among_what_is_paused() -> None:
    controls.lease("sweeper", seconds=10)
    controls.pause("queue:critical", by="olive")

    assert [control.name for control in controls.listed()] == ["queue:critical"]


def test_parked_company_goes_on_when_it_is_unparked_and_no_operator_has_paused_it() -> None:
    controls.park("c", because="suspended")
    controls.pause("company:c", by="olive")
    controls.unpark("c")
    assert controls.paused().companies == {"c"}
    controls.park("c", because="suspended")
    controls.resume("company:c")
    assert controls.paused().companies == {"c"}
    controls.unpark("c")
    assert controls.paused() == controls.Paused()


def test_company_that_is_gone_is_not_listed_and_stays_gone() -> None:
    controls.park("c", because="deleting")
    controls.drop("c")
    controls.unpark("c")
    assert (controls.paused().companies, controls.paused().gone, controls.listed()) == ({"c"}, {"c"}, [])


def test_what_another_process_has_parked_is_known_now_to_whoever_asks_for_it(database: Any) -> None:
    controls.paused()
    database["queue_controls"].insert_one({"_id": "parked:c", "owner": "suspended", "at": clock.now()})
    assert controls.paused().companies == frozenset()
    assert controls.paused_now().companies == {"c"}
