"""Ids in paths."""

import pytest
from bson import ObjectId
from django.http import HttpResponse
from django.urls import path
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RegexPattern, URLResolver

import novapulse.web.converters  # noqa: F401  registers <oid:...>

ID = "0123456789abcdef01234567"


def resolver() -> URLResolver:
    return URLResolver(RegexPattern(r"^/"), [path("tasks/<oid:task_id>", HttpResponse, name="task")])


def test_an_id_becomes_an_object_id_and_back() -> None:
    assert resolver().resolve(f"/tasks/{ID}").kwargs == {"task_id": ObjectId(ID)}
    assert resolver().reverse("task", ObjectId(ID)) == f"tasks/{ID}"
    assert resolver().reverse("task", ID) == f"tasks/{ID}"


@pytest.mark.parametrize("text", [ID.upper(), ID[:-1], ID + "0", ID[:-1] + "g", "", f"{ID}\n", f"{ID}/", "①" * 24])
def test_anything_else_is_no_such_path(text: str) -> None:
    with pytest.raises(Resolver404):
        resolver().resolve(f"/tasks/{text}")
