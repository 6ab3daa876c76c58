"""Who is there to be told: known from memory, and never wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth.enums import Role
from apps.webhooks import conf
from apps.webhooks.domain import endpoints
from apps.webhooks.domain.audience import Audience
from apps.webhooks.domain.endpoints import NewEndpoint
from novapulse.data import transaction
from tests import people
from tests.apps.webhooks.conftest import URL

if TYPE_CHECKING:
    import pytest

    from tests.commands import Commands
    from tests.people import Person


def test_nobody_is_there_without_a_company() -> None:
    assert Audience().is_there() is False


def test_most_changes_ask_no_store(desk: Person, commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "KNOWN_SECONDS", 600)
    audience = Audience()
    with commands.counted() as names:
        first, others = audience.is_there(), [audience.is_there() for _ in range(100)]

    assert (first, set(others), names) == (False, {False}, ["find"])


def test_a_process_that_knew_of_nobody_knows_of_an_endpoint_once_it_is_made(
    desk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two audiences are what two processes know; the second one makes the endpoint."""
    monkeypatch.setattr(conf, "KNOWN_SECONDS", 0.3)
    elsewhere = Audience()
    assert elsewhere.is_there() is False

    made = endpoints.create(NewEndpoint(URL)).endpoint
    knew_at_once = elsewhere.is_there()
    endpoints.update(made["_id"], changes={"status": "disabled"}, version=1)
    knows_of_none = Audience().is_there()
    endpoints.update(made["_id"], changes={"status": "active"}, version=2)

    assert (knew_at_once, knows_of_none, elsewhere.is_there()) == (True, False, True)


def test_what_is_asked_within_a_transaction_is_true_now_and_not_when_that_began(desk: Person) -> None:
    audience = Audience()

    def within() -> tuple[bool, bool]:
        before = endpoints.page(limit=1).rows == []
        endpoint_of_somebody_else_at_the_same_time()
        return before, audience.is_there()

    assert transaction.run(within) == (True, True)


def endpoint_of_somebody_else_at_the_same_time() -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  another thread joins no transaction
    from contextvars import Context  # noqa: PLC0415  as above

    from novapulse.tenancy import scope  # noqa: PLC0415  as above

    bound = scope.current()

    def create() -> None:
        with scope.company(bound.company_id, location=bound.location):
            endpoints.create(NewEndpoint(URL))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(Context().run, create).result()


def test_an_endpoint_of_a_rival_is_nobody_of_ours(desk: Person) -> None:
    audience = Audience()
    with people.acting(desk):
        endpoints.create(NewEndpoint(URL))
        ours = audience.is_there()

    assert ours is True
    assert _of_the_rival(audience) is False


def _of_the_rival(audience: Audience) -> bool:
    from contextvars import Context  # noqa: PLC0415  outside of our company's scope

    return Context().run(_ask_as_rival, audience)


def _ask_as_rival(audience: Audience) -> bool:
    rival = people.person(people.company("rival", country="FR"), role=Role.OWNER)
    with people.acting(rival):
        return audience.is_there()
