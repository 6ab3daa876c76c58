"""A company with webhooks, and a rival who has some as well."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from apps.auth.enums import Role
from apps.webhooks import conf
from tests import people
from tests import queues as tests_queues
from tests.receivers import receiver, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

    from tests.api import Api
    from tests.people import Person
    from tests.receivers import Receiver

URL = "https://hooks.example.com/in"


@pytest.fixture(autouse=True)
def _nothing_is_known_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask with each change whether there is an endpoint, so that nobody waits; `test_audience` looks at the memory."""
    monkeypatch.setattr(conf, "KNOWN_SECONDS", 0)


@pytest.fixture
def there(loopback: None) -> Iterator[Receiver]:
    """Give a receiver that takes everything; webhooks may go to this machine."""
    with receiver(says(204)) as taking:
        yield taking


@pytest.fixture
def worker(database: object, loopback: object) -> Callable[[], list[str]]:
    """Give what runs all tasks that are due, as a worker would; webhooks may go to this machine."""
    return tests_queues.drain


@pytest.fixture
def loopback(settings: SettingsWrapper) -> None:
    """Let webhooks go to this machine, where the receivers of tests are."""
    networks = (ip_network("127.0.0.0/8"),)
    settings.WEBHOOK_DESTINATIONS = replace(settings.WEBHOOK_DESTINATIONS, networks=networks)


@pytest.fixture
def desk(database: object) -> Iterator[Person]:
    """Work in the name of the owner of a company."""
    olive = people.person(people.company("acme"), role=Role.OWNER)
    with people.acting(olive):
        yield olive


@pytest.fixture
def new_webhook(acme: Api) -> Callable[..., dict[str, Any]]:
    """Create webhooks over HTTP: `new_webhook(event_types=["task.created"])`."""

    def create(**values: Any) -> dict[str, Any]:
        response = acme.post("/webhooks", {"url": URL, **values})
        assert response.status_code == 201, response.content
        return dict(response.json())

    return create


@pytest.fixture
def theirs(rival: Api) -> dict[str, Any]:
    """Create a webhook of another company."""
    return dict(rival.post("/webhooks", {"url": URL, "description": "Secret"}).json())
