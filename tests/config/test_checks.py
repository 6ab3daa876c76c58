"""The system checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config import checks as ours

if TYPE_CHECKING:
    from django.core import checks


def ids(found: list[checks.CheckMessage]) -> list[str]:
    return [str(message.id) for message in found]


def test_the_defaults_are_sound() -> None:
    budgets = (ours.budgets_nest, ours.budgets_end, ours.pool_is_sound)
    for check in (*budgets, ours.mongo_uri_is_readable, ours.gate_stands_in_the_way):
        assert check(None) == []


def test_middleware_without_the_gate_or_in_another_order_is_refused(settings: Any) -> None:
    without = [name for name in settings.MIDDLEWARE if "TokenRevocation" not in name]
    for wrong in (without, settings.MIDDLEWARE[::-1]):
        settings.MIDDLEWARE = wrong
        (found,) = ours.gate_stands_in_the_way(None)
        assert found.id == "novapulse.E005"


@pytest.mark.parametrize(
    ("name", "value", "outer"),
    [
        ("MONGO_SERVER_SELECTION_TIMEOUT", 25_000, "SERVICE_TIMEOUT_MS"),
        ("MONGO_SOCKET_TIMEOUT", 25_000, "SERVICE_TIMEOUT_MS"),
        ("SERVICE_TIMEOUT_MS", 30_000, "REQUEST_TIMEOUT_MS"),
        ("REQUEST_TIMEOUT_MS", 35_001, "WORKER_TIMEOUT_MS"),
        ("WORKER_TIMEOUT_MS", 50_000, "PROXY_TIMEOUT_MS"),
    ],
)
def test_a_budget_that_does_not_end_before_the_one_round_it_is_refused(
    settings: Any, name: str, value: int, outer: str
) -> None:
    setattr(settings, name, value)
    (found,) = ours.budgets_nest(None)

    assert found.id == "novapulse.E001"
    assert found.msg.startswith(f"{name}={value} must be less than {outer}=")


def test_the_published_defaults_do_not_nest_and_are_refused(settings: Any) -> None:
    settings.MONGO_SERVER_SELECTION_TIMEOUT, settings.MONGO_SOCKET_TIMEOUT = 5_000, 45_000
    settings.SERVICE_TIMEOUT_MS, settings.REQUEST_TIMEOUT_MS = 25_000, 30_000

    assert ids(ours.budgets_nest(None)) == ["novapulse.E001"]


@pytest.mark.parametrize("name", ["MONGO_SERVER_SELECTION_TIMEOUT", "MONGO_SOCKET_TIMEOUT", "SERVICE_TIMEOUT_MS"])
def test_a_budget_of_nothing_is_refused_since_it_means_for_ever(settings: Any, name: str) -> None:
    setattr(settings, name, 0)

    assert ids(ours.budgets_end(None)) == ["novapulse.E003"]


@pytest.mark.parametrize(("least", "most"), [(11, 10), (0, 0), (1, 0)])
def test_a_pool_that_keeps_more_than_it_may_have_is_refused(settings: Any, least: int, most: int) -> None:
    settings.MONGO_MIN_POOL_SIZE, settings.MONGO_MAX_POOL_SIZE = least, most

    assert ids(ours.pool_is_sound(None)) == ["novapulse.E002"]


@pytest.mark.parametrize("uri", ["mongodb://user:se/cret@host/", "mongodb://host:port/", "mongodb://a@b@host/x"])
def test_a_uri_that_the_driver_cannot_read_is_refused_and_not_shown(settings: Any, uri: str) -> None:
    settings.MONGO_URI = uri
    (found,) = ours.mongo_uri_is_readable(None)

    assert found.id == "novapulse.E004"
    assert "cret" not in str(found)


def test_a_uri_that_needs_dns_is_left_to_the_first_use(settings: Any) -> None:
    settings.MONGO_URI = "mongodb+srv://cluster.invalid/novapulse"

    assert ours.mongo_uri_is_readable(None) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUEUE_DEAD_RETENTION_DAYS", 4),
        ("QUEUE_RETENTION_DAYS", 8),  # and 14 more are longer than it is remembered what was done
        ("QUEUE_VISIBILITY_SECONDS", 10),
        ("QUEUE_PREFIX", "with space"),
    ],
)
def test_queues_that_would_lose_work_are_refused(settings: Any, name: str, value: object) -> None:
    setattr(settings, name, value)

    assert ids(ours.queues_lose_nothing(None)) == ["novapulse.E006"]


def test_the_process_ends_with_one_line_per_error(settings: Any) -> None:
    settings.WORKER_TIMEOUT_MS, settings.MONGO_MAX_POOL_SIZE = 40_000, 0
    with pytest.raises(SystemExit) as refused:
        ours.refuse_to_boot()

    assert sorted(line[:14] for line in str(refused.value).splitlines()) == ["novapulse.E001", "novapulse.E002"]


def test_a_process_with_sound_settings_starts() -> None:
    ours.refuse_to_boot()


def test_an_error_that_the_operator_has_silenced_stops_nothing(settings: Any) -> None:
    settings.MONGO_MAX_POOL_SIZE = 0
    settings.SILENCED_SYSTEM_CHECKS = [*settings.SILENCED_SYSTEM_CHECKS, "novapulse.E002"]

    ours.refuse_to_boot()
