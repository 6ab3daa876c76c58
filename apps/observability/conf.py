"""Words of observability that are nobody's to set."""

from __future__ import annotations

from typing import Final

CLOUDWATCH_NAMESPACE: Final = "NovaPulse"
