"""Every route that changes something writes its record, in the very transaction of the change: so does a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import writes
from tests.architecture.test_routes import _routes
from tests.audited import Audited
from tests.changes import STEPS, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    from tests.api import Api

# Written besides: what is sent after the commit, and what a file or a guess leaves behind without being a change.
SENT_AFTERWARDS = frozenset({"outbox"})
BESIDES = {
    # The file, sealed, before anybody has asked for anything; the company is held while its first key is made.
    "POST imports": frozenset({"job_chunks", "data_keys", "companies"}),
    "POST auth/mfa:disable": frozenset({"identities"}),  # how often codes were tried
}


@pytest.mark.usefixtures("queues")
def test_every_route_that_changes_something_records_it_in_the_same_transaction(
    acme: Api, database: Database[dict[str, Any]]
) -> None:
    world, audited = World(acme, {}), Audited(database)

    for route, (prepare, ask, words) in STEPS.items():
        prepare(world)
        audited.forget()
        with writes.noted() as written:
            response = ask(world)
        assert response.status_code < 300, (route, response.content)
        astray = writes.unrecorded(written, passed_over=SENT_AFTERWARDS | BESIDES.get(route, frozenset()))
        told = audited.told()
        assert (astray, {each["action"] for each in told}) == ([], words), route
        for each in told:
            _check(each, home=world.owner.company_id, route=route)


def test_no_route_is_left_out() -> None:
    assert set(_changing()) == set(STEPS)


def _changing() -> Iterator[str]:
    for route, view in _routes():
        for method in view.operations:
            if method not in {"GET", "HEAD", "OPTIONS"}:
                yield f"{method} {route.removeprefix('api/v1/')}"


def _check(waiting: dict[str, Any], *, home: object, route: str) -> None:
    """See that a record is the company's, names its request, and tells nothing that a client has written."""
    if route != "POST auth/signup":
        assert waiting["company_id"] == home, route
    assert waiting["request_id"], route
    assert waiting["address"] == "127.0.0.1", route
    assert waiting["actor"]["kind"] == ("anonymous" if route == "POST auth/password:forgot" else "person"), route
    assert "Secret" not in str(waiting), route
    assert "example" not in str(waiting), route
