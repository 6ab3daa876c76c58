"""Comments on tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.work.domain import comments
from apps.work.errors import NotYourComment
from apps.work.serializers.comments import Comment, CommentCreation, CommentPage, CommentQuery, present
from apps.work.views import answers
from novapulse.web import pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse


class CommentsView(ApiView):
    """Those on one task."""

    operations = {
        "GET": Operation(
            "List the comments on a task", "comments.read", cost=Cost.READ, answer=CommentPage, query=CommentQuery
        ),
        "POST": Operation(
            "Comment on a task", "comments.create", cost=Cost.WRITE, answer=Comment, status=201, body=CommentCreation
        ),
    }

    def get(self, request: HttpRequest, task_id: ObjectId) -> HttpResponse:
        """Show a page of the comments on the task, the oldest first unless asked otherwise."""
        query = self.query
        after = pagination.read_cursor(request)
        found = comments.page(
            task_id,
            sort=query["sort"],
            limit=query["limit"],
            max_staleness_seconds=query["max_staleness_seconds"],
            after=after,
        )
        return answers.page(request, found, present=present, names=query.get("fields"))

    def post(self, _request: HttpRequest, task_id: ObjectId) -> HttpResponse:
        """Say something about the task."""
        return answers.created(comments.create(task_id, body=self.body["body"]), present=present)


class CommentView(ApiView):
    """One of them."""

    operations = {
        "PATCH": Operation(
            "Change your comment",
            "comments.update",
            cost=Cost.WRITE,
            answer=Comment,
            body=CommentCreation,
            partial=True,
            conditional=True,
            problems=(NotYourComment,),
        ),
        "DELETE": Operation(
            "Delete a comment",
            "comments.delete",
            cost=Cost.WRITE,
            status=204,
            conditional=True,
            problems=(NotYourComment,),
        ),
    }

    def patch(self, _request: HttpRequest, comment_id: ObjectId) -> HttpResponse:
        """Change what you have said, by a merge patch."""
        document = comments.update(comment_id, body=self.body.get("body"), version=self.expected_version)
        return answers.changed(document, present=present)

    def delete(self, _request: HttpRequest, comment_id: ObjectId) -> HttpResponse:
        """Delete your comment, or with the permission `comments.moderate` anybody's."""
        comments.delete(comment_id, version=self.expected_version)
        return rendering.nothing()
