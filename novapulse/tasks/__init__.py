"""Tasks in Django's own way, over `novapulse.queues`: nothing that was enqueued is lost, no effect happens twice.

    @task(max_attempts=5)
    def deliver(delivery_id: str) -> None: ...

    deliver.enqueue(str(delivery.id))                                # above the task's module
    enqueue("apps.webhooks.tasks.deliver", str(delivery.id))         # below it, as in a domain

See docs/tasks.md.
"""

from novapulse.queues.errors import DeadLetter, Discard, LeaseLost, Retry, Snooze, TooLarge
from novapulse.queues.running import current, once
from novapulse.tasks.by_name import enqueue
from novapulse.tasks.cron import repeat
from novapulse.tasks.task import task

__all__ = [
    "DeadLetter",
    "Discard",
    "LeaseLost",
    "Retry",
    "Snooze",
    "TooLarge",
    "current",
    "enqueue",
    "once",
    "repeat",
    "task",
]
