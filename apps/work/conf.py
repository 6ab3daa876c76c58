"""The limits of the work app: how long a text may be, how much fits into one request."""

from __future__ import annotations

from typing import Final

TITLE_MAX: Final = 500  # characters
DESCRIPTION_MAX: Final = 32_768  # characters
EXTERNAL_KEY_MAX: Final = 200  # characters
POINTS_MAX: Final = 1000
LABELS_MAX: Final = 20
LABEL_MAX: Final = 50  # characters
PROJECT_NAME_MAX: Final = 200  # characters
COMMENT_MAX: Final = 32_768  # characters
SEARCH_TEXT_MAX: Final = 200  # characters

BATCH_MAX: Final = 500  # operations in one request, which is one transaction

IMPORT_BATCH: Final = 500  # rows in one transaction: enough to make commits cheap, few enough to lose little by a crash
