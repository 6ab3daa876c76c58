"""Many changes of tasks at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.work.domain import batch
from apps.work.serializers.batch import TaskBatch, TaskBatchResult, result_of, step_of
from novapulse.web import rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class TaskBatchView(ApiView):
    """Operations on tasks."""

    operations = {
        "POST": Operation(
            "Create, change and delete up to 500 tasks",
            "tasks.update",
            cost=Cost.BATCH,
            answer=TaskBatchResult,
            body=TaskBatch,
        )
    }

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Do the operations in order and tell what became of each; one that is refused does not stop the others.

        Creating wants the permission `tasks.create`, deleting `tasks.delete`. A deleted task's comments go with it.
        """
        steps = [step_of(operation) for operation in self.body["operations"]]
        outcomes = batch.perform(steps)
        pairs = zip(steps, outcomes, strict=True)
        return rendering.answer({"results": [result_of(*pair, place=place) for place, pair in enumerate(pairs)]})
