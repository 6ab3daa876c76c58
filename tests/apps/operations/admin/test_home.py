"""The parts of the start page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from apps.observability.domain import pulse
from apps.resilience.domain import breaker_switches
from apps.staff.domain import accounts
from novapulse import clock
from novapulse.data import tallies
from novapulse.data.tallies import Tallies
from tests import staff, tallying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client
    from pymongo.database import Database

    from tests.api import Api


@pytest.fixture
def browser(db: None, database: object) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


@pytest.fixture
def told() -> Iterator[Callable[..., None]]:
    """Tell figures in the name of other processes, when nobody else does."""
    tallying.forget()

    def tell(rankings: dict[str, dict[str, int]] | None = None, **sums: dict[str, int]) -> None:
        slot = pulse.slot_of(clock.now().timestamp() - pulse.LATEST_SECONDS) - 1
        at = {"all": slot, "routes": slot // pulse.MINUTE}
        ranked = {f"{name}:{slot // pulse.MINUTE}": found for name, found in (rankings or {}).items()}
        tallies.add(Tallies({f"{name}:{at[name]}": found for name, found in sums.items()}, ranked))

    yield tell
    tallying.forget()


def part(browser: Client, name: str) -> str:
    return " ".join(browser.get(f"/admin/parts/{name}/").content.decode().split())


@pytest.mark.usefixtures("rival")
def test_companies_are_counted(browser: Client, acme: Api, database: Database[dict[str, Any]]) -> None:
    database.companies.update_one({"slug": "acme"}, {"$set": {"status": "suspended"}})
    page = part(browser, "companies")

    assert '<dt>New today</dt> <dd class="part-figure ">2</dd>' in page
    assert '<dt>Suspended</dt> <dd class="part-figure ">1</dd>' in page


def test_requests_of_all_processes_are_shown(browser: Client, told: Callable[..., None]) -> None:
    told(all={"processes": 4, "2xx": 90, "5xx": 10, "1": 100})
    page = part(browser, "traffic")

    assert "10.0" in page  # a hundred in ten seconds
    assert "10 %" in page
    assert 'data-chart="latency"' in page


@pytest.mark.usefixtures("no_redis")
def test_without_redis_its_part_says_so_and_the_page_is_there(browser: Client) -> None:
    page = part(browser, "traffic")

    assert 'data-part="traffic"' in page
    assert "Redis does not answer." in page
    assert browser.get("/admin/").status_code == 200
    assert "Active" in part(browser, "companies")


def test_breakers_are_named_that_are_not_closed(browser: Client) -> None:
    assert "All are closed." in part(browser, "breakers")
    breaker_switches.report("mongodb", process="one:1", state="open")
    breaker_switches.hold("redis", state="open", length=timedelta(minutes=5), by="bob@novapulse.example")
    page = part(browser, "breakers")

    assert "open on one:1" in page
    assert "held open by bob@novapulse.example" in page


@pytest.mark.usefixtures("queues")
def test_queues_tell_what_is_in_them_and_what_was_given_up(browser: Client, bury: Callable[..., str]) -> None:
    bury()

    assert '<dt>Dead letters</dt> <dd class="part-figure part-bad">1</dd>' in part(browser, "queues")


@pytest.mark.usefixtures("no_sqs")
def test_without_sqs_the_rest_of_the_queues_is_shown(browser: Client) -> None:
    page = part(browser, "queues")

    assert "SQS does not tell" in page
    assert "Unfinished" in page


def test_the_slowest_route_comes_first(browser: Client, told: Callable[..., None]) -> None:
    told(routes={"GET api/v1/quick|0": 100, "POST api/v1/slow|12": 1, "GET _none|0": 1})
    page = part(browser, "slowest-routes")

    assert page.index("POST /api/v1/slow") < page.index("GET /api/v1/quick")
    assert "GET (no such route, or an asset)" in page


def test_busiest_companies_are_named_and_lead_to_their_pages(
    browser: Client, acme: Api, told: Callable[..., None]
) -> None:
    told({"requests": {acme.company["id"]: 20, "other": 30, "b" * 24: 5}})
    page = part(browser, "busiest-companies")

    assert f'/{acme.company["id"]}/change/">acme</a>' in page
    assert "all others" in page
    assert "b" * 24 in page  # of one that is gone only the id is known


def test_that_staff_see_companies_is_written_down_once_in_a_session(
    browser: Client, database: Database[dict[str, Any]]
) -> None:
    for _ in range(3):
        part(browser, "busiest-companies")
    found = [*database.audit_pending.find(), *database.audit_events.find()]

    assert sum(each["target"]["id"] == "busiest" for each in found if each["action"] == "operator.read") == 1
