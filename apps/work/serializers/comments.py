"""What the routes of comments read and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from apps.work import conf
from apps.work.domain.comments import DEFAULT_SORT, SORTS
from apps.work.serializers.lists import Sparse
from novapulse.web import fields
from novapulse.web.contract import Contract
from novapulse.web.pagination import StalePageQuery

if TYPE_CHECKING:
    from collections.abc import Mapping


class Comment(serializers.Serializer[Any]):
    """A comment; `author_id` is a membership. Its ETag, for If-Match, is its version in quotation marks."""

    id = fields.Id()
    task_id = fields.Id()
    author_id = fields.Id()
    body = serializers.CharField()
    version = serializers.IntegerField()
    created_at = fields.Instant()
    updated_at = fields.Instant()


PUBLISHED = list(Comment().fields)


class SparseComment(Sparse, Comment):
    """A comment, or as much of it as `fields` asks for."""


class CommentPage(serializers.Serializer[Any]):
    """A page of comments."""

    data = SparseComment(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)


class CommentCreation(Contract):
    """What somebody says."""

    body = fields.Text(max_length=conf.COMMENT_MAX)


class CommentQuery(StalePageQuery):
    """Which comments of the task to list."""

    sort = fields.Choice(choices=list(SORTS), default=DEFAULT_SORT)
    fields = fields.CommaList(fields.Choice(choices=PUBLISHED), required=False)  # type: ignore[assignment]  # as `data`


def present(comment: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the API shows of a stored comment."""
    return {
        "id": comment["_id"],
        "task_id": comment["task_id"],
        "author_id": comment["author_id"],
        "body": comment["body"],
        "version": comment["version"],
        "created_at": comment["created_at"],
        "updated_at": comment["updated_at"],
    }
