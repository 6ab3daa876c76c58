"""Endpoints of a company."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.webhooks import conf
from apps.webhooks.domain import endpoints, signatures
from apps.webhooks.domain.endpoints import NewEndpoint
from apps.webhooks.errors import TooManyWebhooks
from novapulse import clock
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed
from tests.apps.webhooks.conftest import URL

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.people import Person


def test_a_company_has_so_many_endpoints_and_no_more_even_if_two_come_at_once(
    desk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has counted waits for the other to have counted too, who cannot."""
    for _ in range(conf.ENDPOINTS_MOST - 1):
        endpoints.create(NewEndpoint(URL))
    both, new_secret = Barrier(2), signatures.new_secret

    def meet() -> str:
        with suppress(BrokenBarrierError):
            both.wait(1)
        return new_secret()

    monkeypatch.setattr(signatures, "new_secret", meet)
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(copy_context().run, _try_to_create) for _ in range(2)]

    assert sorted(each.result() for each in made) == [False, True]
    assert len(endpoints.page(limit=100).rows) == conf.ENDPOINTS_MOST


def _try_to_create() -> bool:
    try:
        endpoints.create(NewEndpoint(URL))
    except TooManyWebhooks:
        return False
    return True


def test_the_secret_is_nowhere_in_the_database(desk: Person, database: Database[dict[str, Any]]) -> None:
    secret = endpoints.create(NewEndpoint(URL)).secret

    assert secret[6:] not in str(database.webhook_endpoints.find_one())


def test_two_secrets_live_after_a_rotation_and_never_three(desk: Person) -> None:
    first = endpoints.create(NewEndpoint(URL))
    endpoint_id = first.endpoint["_id"]
    second = endpoints.rotate_secret(endpoint_id)
    both = signatures.live(second.endpoint["secrets"], endpoint_id=endpoint_id)
    third = endpoints.rotate_secret(endpoint_id)
    after = signatures.live(third.endpoint["secrets"], endpoint_id=endpoint_id)

    assert both == [second.secret, first.secret]
    assert after == [third.secret, second.secret]
    with clock.shifted(conf.OLD_SECRET_LIVES + timedelta(seconds=1)):
        assert signatures.live(third.endpoint["secrets"], endpoint_id=endpoint_id) == [third.secret]


def test_a_change_wants_the_version_that_is_there(desk: Person) -> None:
    endpoint = endpoints.create(NewEndpoint(URL)).endpoint

    changed = endpoints.update(endpoint["_id"], changes={"description": "Ours"}, version=1)

    assert (changed["description"], changed["version"]) == ("Ours", 2)
    assert endpoints.update(endpoint["_id"], changes={}, version=2)["version"] == 2
    with pytest.raises(PreconditionFailed):
        endpoints.update(endpoint["_id"], changes={"description": "Stale"}, version=1)
    with pytest.raises(PreconditionFailed):
        endpoints.delete(endpoint["_id"], version=1)
    with pytest.raises(NotFound):
        endpoints.delete(ObjectId(), version=1)


def test_making_an_endpoint_active_forgets_its_failures(desk: Person, database: Database[dict[str, Any]]) -> None:
    endpoint = endpoints.create(NewEndpoint(URL)).endpoint
    database.webhook_endpoints.update_one({"_id": endpoint["_id"]}, {"$set": {"failures": 7}})

    off = endpoints.update(endpoint["_id"], changes={"status": "disabled"}, version=1)
    on = endpoints.update(endpoint["_id"], changes={"status": "active"}, version=2)

    assert (off["disabled_reason"], off["failures"]) == ("requested", 7)
    assert (on["disabled_reason"], on["failures"]) == (None, 0)
