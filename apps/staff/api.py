"""The front door of the staff app: what other apps may ask about staff, and hear of them."""

from __future__ import annotations

from apps.staff.domain.shutting_out import also_end

__all__ = ["also_end"]
