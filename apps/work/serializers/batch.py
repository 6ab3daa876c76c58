"""What the batch route reads and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from apps.work import conf
from apps.work.domain.batch import Change, Creation, Deletion, Outcome, Refusal
from apps.work.serializers.tasks import Task, TaskChange, TaskCreation, changes_of, new_task, present
from novapulse.errors import FieldError, Invalid
from novapulse.web import contract, fields, problems
from novapulse.web.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from apps.work.domain.batch import Step

_STATUS = {Creation: 201, Change: 200, Deletion: 204}


@extend_schema_field(TaskCreation)
class _CreationBody(serializers.DictField):
    """What `POST /tasks` reads."""


@extend_schema_field(TaskChange(partial=True))
class _ChangeBody(serializers.DictField):
    """What `PATCH /tasks/{id}` reads."""


class CreateOperation(Contract):
    """Create a task."""

    op = fields.Choice(choices=["create"])
    body = _CreationBody()


class UpdateOperation(Contract):
    """Change a task that still has this version."""

    op = fields.Choice(choices=["update"])
    id = fields.Id()
    version = fields.Whole(min_value=1)
    body = _ChangeBody()


class DeleteOperation(Contract):
    """Delete a task that still has this version, and its comments."""

    op = fields.Choice(choices=["delete"])
    id = fields.Id()
    version = fields.Whole(min_value=1)


_OPERATIONS: Mapping[str, type[Contract]] = {
    "create": CreateOperation,
    "update": UpdateOperation,
    "delete": DeleteOperation,
}


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="TaskOperation", serializers=list(_OPERATIONS.values()), resource_type_field_name=None
    )
)
class _AnyOperation(serializers.Field[Any, Any, Any, Any]):
    """Anything: each operation is looked at by itself, so that a wrong one does not stop the others."""

    def to_internal_value(self, data: object) -> object:
        """Take it."""
        return data


class TaskBatch(Contract):
    """Operations on tasks, done in order."""

    operations = fields.Array(child=_AnyOperation(allow_null=True), max_length=conf.BATCH_MAX)


class ItemProblem(serializers.Serializer[Any]):
    """A problem document (RFC 9457); its pointers lead into the whole body, as `/operations/3/body/title`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = serializers.ListField(  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
        child=serializers.DictField(child=serializers.CharField())
    )


class TaskBatchItem(serializers.Serializer[Any]):
    """What became of one operation: `body`, the task right after it (null when deleted), or `problem`."""

    status = serializers.IntegerField()
    body = Task(required=False, allow_null=True)
    problem = ItemProblem(required=False)


class TaskBatchResult(serializers.Serializer[Any]):
    """What became of each operation, in their order."""

    results = TaskBatchItem(many=True)


def step_of(operation: object) -> Step:
    """Understand one operation, or say why not; pointers start at the operation."""
    try:
        return _step(operation)
    except Invalid as trouble:
        return Refusal(trouble)


def result_of(step: Step, outcome: Outcome, *, place: int) -> dict[str, Any]:
    """Give the answer to the operation at this place."""
    if outcome.trouble is not None:
        below = f"/operations/{place}" if isinstance(step, Refusal) else f"/operations/{place}/body"
        problem = problems.document(outcome.trouble)
        problem["errors"] = [{**error, "pointer": below + error["pointer"]} for error in problem["errors"]]
        return {"status": problem["status"], "problem": problem}
    return {"status": _STATUS[type(step)], "body": None if outcome.task is None else present(outcome.task)}


def _step(operation: object) -> Step:
    if not isinstance(operation, dict):
        raise Invalid(fields=(FieldError("", "invalid", "Not an object."),))
    kind = operation.get("op")
    known = _OPERATIONS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise Invalid(fields=(FieldError("/op", "invalid-choice", f"Not one of: {', '.join(_OPERATIONS)}."),))
    given = contract.read_body(known, operation)
    return _STEPS[known](given)


def _creation(given: Mapping[str, Any]) -> Step:
    body = _body(TaskCreation, given["body"])
    return Creation(body["project_id"], new_task(body))


def _change(given: Mapping[str, Any]) -> Step:
    body = _body(TaskChange, given["body"], partial=True)
    return Change(given["id"], given["version"], changes_of(body))


def _deletion(given: Mapping[str, Any]) -> Step:
    return Deletion(given["id"], given["version"])


_STEPS: Mapping[type[Contract], Callable[[Mapping[str, Any]], Step]] = {
    CreateOperation: _creation,
    UpdateOperation: _change,
    DeleteOperation: _deletion,
}


def _body(kind: type[Contract], body: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    try:
        return contract.read_body(kind, body, partial=partial)
    except Invalid as trouble:
        raise Invalid(trouble.detail, fields=tuple(_below_body(error) for error in trouble.fields)) from trouble


def _below_body(error: FieldError) -> FieldError:
    return FieldError("/body" + error.pointer, error.code, error.detail)
