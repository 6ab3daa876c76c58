"""The service in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")  # no longer: its threads send the outbox of whatever test runs, to queues of their own
def served() -> Iterator[Served]:
    """Give a granian process that serves the whole application on this worker's stores."""
    with serving() as service:
        yield service
