"""The front door of the staff app: what other apps may ask about staff and what they have done, and hear of them."""

from __future__ import annotations

from apps.staff.domain.history import forget as forget_history
from apps.staff.domain.history import forget_mentions, mentions
from apps.staff.domain.shutting_out import also_end

__all__ = ["also_end", "forget_history", "forget_mentions", "mentions"]
