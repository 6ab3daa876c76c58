"""The front door of the webhooks app: the listener that the wiring introduces to whatever changes."""

from apps.webhooks.domain.happenings import scribe
from apps.webhooks.domain.owners import OWNERS

__all__ = ["OWNERS", "scribe"]
