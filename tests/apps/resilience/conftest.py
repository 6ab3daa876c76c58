"""Nothing is held and nothing was said when a test begins."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _nothing_held(database: object) -> None:
    """Begin with a database without documents."""
