"""The same tasks by Celery over SQS, as its documentation has it where none may be lost: acknowledged late.

It sends without an outbox, and knows no inbox: what a crash between commit and send costs, and a second delivery, is
the application's affair. It asks SQS without the pauses of a second that it makes by itself.
`python -m celery -A benchmarks.beside_celery worker` runs a worker.
"""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import urlsplit

from celery import Celery
from pymongo import MongoClient

from novapulse.local.aws import AWS, CREDENTIALS, REGION

EFFECTS = "celery_effects"

_environment = os.environ  # noqa: TID251  a program of its own
_aws = urlsplit(_environment[AWS.variable]).netloc
_key, _secret = CREDENTIALS.values()
_database = MongoClient[dict[str, Any]](_environment["MONGO_URI"], connect=False).get_default_database()

app = Celery("beside", broker=f"sqs://{_key}:{_secret}@{_aws}//", set_as_current=False)
app.conf.update(
    broker_transport_options={
        "region": REGION,
        "visibility_timeout": 30,
        "wait_time_seconds": 3,
        "polling_interval": 0,
    },
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
)


@app.task
def dwell(number: int, enqueued_at: float) -> None:
    """Note how long it has waited."""
    _database[EFFECTS].insert_one({"number": number, "waited": time.time() - enqueued_at})  # noqa: TID251  between processes


def effects() -> int:
    """Count the effects."""
    return _database[EFFECTS].count_documents({})


def forget() -> None:
    """Begin anew."""
    _database[EFFECTS].delete_many({})
