"""Looking for a server takes as long as was said, whatever the budget round it."""

from __future__ import annotations

import pymongo
import pytest
from pymongo.errors import ServerSelectionTimeoutError

from novapulse import clock
from novapulse.data.prompt_client import PromptMongoClient
from novapulse.local.ports import free_port


@pytest.mark.parametrize("budget_seconds", [None, 20.0])
def test_search_for_a_server_ends_after_the_selection_timeout(budget_seconds: float | None) -> None:
    started = clock.monotonic()

    with (
        PromptMongoClient(f"mongodb://127.0.0.1:{free_port()}", serverSelectionTimeoutMS=300) as client,
        pymongo.timeout(budget_seconds),
        pytest.raises(ServerSelectionTimeoutError),
    ):
        client.admin.command("ping")

    assert clock.monotonic() - started < 3


def test_budget_that_is_shorter_ends_the_search_first() -> None:
    started = clock.monotonic()

    with (
        PromptMongoClient(f"mongodb://127.0.0.1:{free_port()}", serverSelectionTimeoutMS=20_000) as client,
        pymongo.timeout(0.3),
        pytest.raises(ServerSelectionTimeoutError),
    ):
        client.admin.command("ping")

    assert clock.monotonic() - started < 3
