"""The limits of the work app: how long a text may be, how much fits into one request."""

from __future__ import annotations

from datetime import timedelta
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
IMPORT_ROWS_MAX: Final = 200_000  # of one file: their keys are held in memory, to tell those that come twice
IMPORT_BYTES_MAX: Final = 50 * 1024 * 1024

EXPORT_PAGE: Final = 100  # tasks in one transaction: with the longest descriptions 13 MB are in memory
EXPORT_BYTES_MAX: Final = 1024**3

PURGE_BATCH: Final = 500  # tasks in one transaction

JOB_ERRORS_KEPT: Final = 100  # in its document; all are counted
JOB_ATTEMPTS_MAX: Final = 10  # a job that never gets to its end, whatever the reason, ends as failed
JOBS_UNFINISHED_MAX: Final = 20  # of one company at a time
JOB_KEPT_FOR: Final = timedelta(days=30)
JOB_FILE_KEPT_FOR: Final = timedelta(days=7)  # what was uploaded, and what can be downloaded
JOB_CHUNK_BYTES: Final = 1024 * 1024  # of such a file in one document, which may have 16 MiB
