"""The front door of the webhooks app: the listener that the wiring introduces to whatever changes."""

from apps.webhooks.domain.happenings import scribe

__all__ = ["scribe"]
