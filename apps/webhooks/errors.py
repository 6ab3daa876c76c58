"""What can go wrong with webhooks."""

from __future__ import annotations

from novapulse.errors import Conflict


class TooManyWebhooks(Conflict):
    """The company has as many webhooks as it may have; delete one first."""

    code = "too-many-webhooks"

    def __init__(self, *, most: int) -> None:
        """Name the figure."""
        super().__init__(f"A company has at most {most} webhooks; delete one first.")


class WebhookDisabled(Conflict):
    """The webhook is disabled: nothing is sent to it; make it active first."""

    code = "webhook-disabled"


class TooManyDeliveries(Conflict):
    """So many deliveries are not replayed at once; ask for a shorter time."""

    code = "too-many-deliveries"

    def __init__(self, *, most: int) -> None:
        """Name the figure."""
        super().__init__(f"At most {most} deliveries are replayed at once, and there are more; ask for a shorter time.")
