"""The backend behind Django's task API: the outbox to put tasks into, the inbox to tell what became of them."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from bson import ObjectId

from novapulse import clock, context
from novapulse.queues import inbox, outbox, producer
from novapulse.queues.envelope import Envelope
from novapulse.queues.errors import Unreadable
from novapulse.tasks.standard import (
    BaseTaskBackend,
    TaskError,
    TaskResult,
    TaskResultDoesNotExist,
    TaskResultStatus,
    normalize_json,
    task_enqueued,
)
from novapulse.tasks.task import DurableTask, known
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from datetime import datetime

_STATUS = {
    inbox.READY: TaskResultStatus.READY,
    inbox.RUNNING: TaskResultStatus.RUNNING,
    inbox.DONE: TaskResultStatus.SUCCESSFUL,
    inbox.DEAD: TaskResultStatus.FAILED,
}


class SqsBackend(BaseTaskBackend):
    """Enqueue with the change that is under way; nothing here waits for SQS.

    Fails closed: where MongoDB does not take the task, the change that wants it fails too.
    """

    task_class = DurableTask
    supports_defer = True
    supports_get_result = True

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> TaskResult[Any]:  # noqa: ANN401  Django's signature
        """Write the task to the outbox, for the company in whose scope this runs.

        Raises TypeError for arguments that do not fit the task or JSON, TooLarge, and what MongoDB raises.
        """
        self.validate_task(task)
        inspect.signature(task.func).bind(*([None] if task.takes_context else []), *args, **kwargs)
        envelope = _envelope(task, list(args), dict(kwargs))
        task_id = producer.put(envelope)
        result = _result(task, replace(envelope, id=task_id), alias=self.alias)
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """Tell what became of a task; raises TaskResultDoesNotExist, also for a task of another company."""
        if not ObjectId.is_valid(result_id):
            raise TaskResultDoesNotExist(result_id)
        begun, waiting = inbox.find(result_id), outbox.find(result_id)
        row = begun or waiting
        active = scope.active()
        if row is None or (active is not None and row["company_id"] != str(active.company_id)):
            raise TaskResultDoesNotExist(result_id)
        if waiting is not None:
            envelope = _read(waiting["body"], result_id)
            return result_of(known(envelope.task), envelope, alias=self.alias, begun=begun)
        if begun is None:
            raise TaskResultDoesNotExist(result_id)
        envelope = Envelope(id=result_id, task=begun["task"], queue="", enqueued_at=begun["first_seen"])
        return result_of(known(envelope.task), envelope, alias=self.alias, begun=begun)


def envelope_of(task: DurableTask[Any, Any]) -> Envelope:
    """Give the envelope of a task without arguments and company, as a schedule wants it."""
    return _envelope(task, [], {})


def result_of(
    task: DurableTask[Any, Any], envelope: Envelope, *, alias: str, begun: dict[str, Any] | None
) -> TaskResult[Any]:
    """Give the result of a task as far as the inbox knows it."""
    result = _result(task, envelope, alias=alias)
    if begun is None:
        return result
    error = begun.get("error")
    errors = [TaskError(exception_class_path=error["error"], traceback=error["trace"])] if error else []
    known_by_now = {
        "status": _STATUS[begun["status"]],
        "started_at": begun.get("first_seen"),
        "last_attempted_at": begun.get("started_at"),
        "finished_at": begun.get("ended_at"),
        "errors": errors,
        "worker_ids": [begun.get("owner", "")] * begun["attempts"],
        "_return_value": begun.get("result"),
    }
    for name, value in known_by_now.items():
        object.__setattr__(result, name, value)  # as Django's own backends do: a result is frozen
    return result


def _envelope(task: DurableTask[Any, Any], args: list[Any], kwargs: dict[str, Any]) -> Envelope:
    now, active = clock.now(), scope.active()
    company_id = str(active.company_id) if active is not None else None
    return Envelope(
        id=str(ObjectId()),
        task=task.module_path,
        queue=task.queue_name,
        enqueued_at=now,
        args=cast("list[Any]", normalize_json(args)),
        kwargs=cast("dict[str, Any]", normalize_json(kwargs)),
        company_id=company_id,
        location=active.location if active is not None else None,
        max_attempts=task.max_attempts,
        backoff_seconds=(task.backoff[0].total_seconds(), task.backoff[1].total_seconds()),
        timeout_seconds=task.timeout.total_seconds(),
        run_after=task.run_after,
        expires_at=_expiry(task, now),
        unique=_key(task, args, kwargs, company_id=company_id),
        request_id=context.request_id(),
        traceparent=context.traceparent(context.new_span_id()),  # names the span of the message's creation
    )


def _expiry(task: DurableTask[Any, Any], now: datetime) -> datetime | None:
    return None if task.expires is None else max(now, task.run_after or now) + task.expires


def _key(task: DurableTask[Any, Any], args: list[Any], kwargs: dict[str, Any], *, company_id: str | None) -> str | None:
    if task.unique is None:
        return None
    return f"{task.module_path}|{company_id or '-'}|{task.unique(*args, **kwargs)}"


def _result(task: DurableTask[Any, Any], envelope: Envelope, *, alias: str) -> TaskResult[Any]:
    return TaskResult(
        task=task,
        id=envelope.id,
        status=TaskResultStatus.READY,
        enqueued_at=envelope.enqueued_at,
        started_at=None,
        last_attempted_at=None,
        finished_at=None,
        args=envelope.args,
        kwargs=envelope.kwargs,
        backend=alias,
        errors=[],
        worker_ids=[],
    )


def _read(body: str, result_id: str) -> Envelope:
    try:
        return Envelope.from_json(body)
    except Unreadable as error:
        raise TaskResultDoesNotExist(result_id) from error
