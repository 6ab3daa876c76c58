"""Events: told with the change, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse.data import events, transaction
from novapulse.data.events import Event
from tests.listening import listening

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.commands import Commands

GREETING = Event("greeting.said", {"id": ObjectId()})


class Refused(Exception):  # noqa: N818  a test's own
    """What goes wrong after the event was told."""


def test_a_change_is_told_of_where_somebody_listens(database: object) -> None:
    with listening() as listener:
        transaction.run(lambda: events.tell(lambda: [GREETING, GREETING]))

    assert listener.heard == [[GREETING, GREETING]]


def test_where_nobody_listens_nothing_is_made_ready_and_nothing_asked(database: object, commands: Commands) -> None:
    with listening(is_listening=False) as listener, commands.counted() as names:
        events.tell(lambda: pytest.fail("made ready"))

    assert (listener.heard, names) == ([], [])


def test_what_the_listener_writes_is_there_if_and_only_if_the_change_is(database: Database[dict[str, Any]]) -> None:
    def fail() -> None:
        events.tell(lambda: [GREETING])
        raise Refused

    with listening(write=True), pytest.raises(Refused):
        transaction.run(fail)
    before = database.webhook_endpoints.count_documents({})
    with listening(write=True):
        transaction.run(lambda: events.tell(lambda: [GREETING]))

    assert (before, database.webhook_endpoints.count_documents({})) == (0, 1)


def test_a_listener_that_fails_undoes_the_change(database: Database[dict[str, Any]]) -> None:
    with listening(fail=Refused), pytest.raises(Refused):
        transaction.run(lambda: _written_and_told(database))

    assert database.webhook_endpoints.count_documents({}) == 0


def test_no_events_are_not_told_of(database: object) -> None:
    with listening() as listener:
        events.tell(list)

    assert listener.heard == []


def _written_and_told(database: Database[dict[str, Any]]) -> None:
    from tests.listening import write_something  # noqa: PLC0415  once the apps are ready

    write_something()
    events.tell(lambda: [GREETING])
