"""What can go wrong with webhooks."""

from __future__ import annotations

from novapulse.errors import Conflict


class TooManyWebhooks(Conflict):
    """The company has as many webhooks as it may have; delete one first."""

    code = "too-many-webhooks"

    def __init__(self, *, most: int) -> None:
        """Name the figure."""
        super().__init__(f"A company has at most {most} webhooks; delete one first.")
