"""The figures of webhooks; docs/webhooks.md publishes those that receivers meet."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

ENDPOINTS_MOST: Final = 10  # of a company: each event is sent to all of them
URL_MAX: Final = 2048  # characters
DESCRIPTION_MAX: Final = 200  # characters

SECRET_BYTES: Final = 32  # Standard Webhooks wants 24 to 64
OLD_SECRET_LIVES: Final = timedelta(hours=24)  # beside the one that has taken its place
