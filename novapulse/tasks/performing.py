"""How a worker runs a task: with the company's scope and a deadline; `settle` has set its place in a trace."""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from novapulse import clock
from novapulse.queues import inbox
from novapulse.queues.errors import DeadLetter
from novapulse.resilience import deadline
from novapulse.tasks.backend import SqsBackend, result_of
from novapulse.tasks.standard import TaskContext, TaskResult, normalize_json, task_finished, task_started
from novapulse.tasks.task import BACKEND, DurableTask, known
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from novapulse.queues.envelope import Envelope
    from novapulse.queues.running import Running
    from novapulse.queues.settle import Outcome


def perform(running: Running) -> object:
    """Run the task of an attempt and give its result.

    Raises DeadLetter for an unknown task, for arguments that do not fit it and for a result that is no JSON, and what
    the task raises.
    """
    envelope = running.envelope
    task = _task(running)
    arguments = _arguments(task, running)
    with _scope(envelope), deadline.opened(envelope.timeout_seconds):
        task_started.send_robust(SqsBackend, task_result=_result(task, running))
        answer = task.call(*arguments.args, **arguments.kwargs)
    try:
        return normalize_json(answer)
    except (TypeError, ValueError) as error:
        raise DeadLetter("bad-result", str(error)) from error


def dying(running: Running, reason: str) -> None:
    """Tell a task that has `if_dead` that it is dead, in its company's scope; raises what that raises."""
    envelope = running.envelope
    try:
        task = known(envelope.task)
    except LookupError:
        return
    if task.if_dead is not None:
        with _scope(envelope):
            task.if_dead(reason, *envelope.args, **envelope.kwargs)


def ended(running: Running, _outcome: Outcome) -> None:
    """Send Django's signal that a task is over, for good."""
    if not task_finished.has_listeners(SqsBackend):
        return
    try:
        task = known(running.envelope.task)
    except LookupError:
        return
    result = result_of(task, running.envelope, alias=BACKEND, begun=inbox.find(running.id))
    task_finished.send_robust(SqsBackend, task_result=result)


def _scope(envelope: Envelope) -> AbstractContextManager[object]:
    if envelope.company_id is None or envelope.location is None:
        return nullcontext()
    return scope.company(ObjectId(envelope.company_id), location=envelope.location)


def _task(running: Running) -> DurableTask[Any, Any]:
    try:
        return known(running.envelope.task)
    except LookupError as error:
        raise DeadLetter("unknown-task", str(error)) from error


def _arguments(task: DurableTask[Any, Any], running: Running) -> inspect.BoundArguments:
    envelope = running.envelope
    first = [TaskContext(task_result=_result(task, running))] if task.takes_context else []
    try:
        return inspect.signature(task.func).bind(*first, *envelope.args, **envelope.kwargs)
    except TypeError as error:
        raise DeadLetter("bad-arguments", str(error)) from error


def _result(task: DurableTask[Any, Any], running: Running) -> TaskResult[Any]:
    claim = running.claim
    begun = {"status": inbox.RUNNING, "attempts": claim.attempt, "first_seen": claim.first_seen}
    return result_of(task, running.envelope, alias=BACKEND, begun={**begun, "started_at": clock.now()})
