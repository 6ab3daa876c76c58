"""The OpenAPI document says what the tables of operations say, and lints clean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import URLPattern, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from openapi_spec_validator import OpenAPIV31SpecValidator

from novapulse.web import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.web.view import Operation

Document = dict[str, Any]
Described = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    """Give the document of all routes."""
    schema.document.cache_clear()
    return dict(json.loads(schema.document()))


@pytest.fixture(scope="module")
def pairs(document: Document) -> list[tuple[str, Operation, Described]]:
    """Give each method of each route: its name, its row of the table, and its description."""
    by_path = {_template(path): methods for path, methods in document["paths"].items()}
    return [
        (f"{method} {path}", operation, by_path[path][method.lower()])
        for path, view in _routes()
        for method, operation in view.operations.items()
    ]


def test_document_is_valid_openapi_3_1(document: Document) -> None:
    assert document["openapi"] == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_generator_warns_of_nothing(document: Document) -> None:
    assert not GENERATOR_STATS
    assert dict(GENERATOR_STATS._warn_cache) == {}
    assert dict(GENERATOR_STATS._error_cache) == {}


def test_document_describes_every_operation_of_every_route_and_no_other(
    document: Document, pairs: list[tuple[str, Operation, Described]]
) -> None:
    assert len(pairs) == sum(len(methods) for methods in document["paths"].values())


def test_operations_have_distinct_ids_summaries_descriptions_and_known_tags(
    document: Document, pairs: list[tuple[str, Operation, Described]]
) -> None:
    known = [tag["name"] for tag in document["tags"]]
    used = [tag for _, _, described in pairs for tag in described["tags"]]
    assert len({described["operationId"] for _, _, described in pairs}) == len(pairs)
    assert [name for name, _, described in pairs if not (described["summary"] and described["description"])] == []
    assert sorted(set(used)) == sorted(known)


def test_parameters_are_described_and_those_of_the_path_are_all_there(
    document: Document, pairs: list[tuple[str, Operation, Described]]
) -> None:
    for name, _, described in pairs:
        assert all(parameter["description"] for parameter in described["parameters"]), name
    for path, methods in document["paths"].items():
        for described in methods.values():
            in_path = [parameter for parameter in described["parameters"] if parameter["in"] == "path"]
            assert len(in_path) == path.count("{"), path


def test_success_and_refusals_stand_with_the_media_types_that_they_have(
    pairs: list[tuple[str, Operation, Described]], document: Document
) -> None:
    for name, operation, described in pairs:
        responses = {status: _resolved(document, response) for status, response in described["responses"].items()}
        own = {str(status) for status in (operation.status, *operation.also)}
        assert own <= set(responses), name
        for status, response in responses.items():
            is_refusal = status >= "400" and status not in own
            expected = {"application/problem+json" if is_refusal else operation.media_type}
            assert set(response.get("content", expected)) == expected, (name, status)
            assert "X-Request-ID" in response["headers"], (name, status)


def test_anonymous_operations_want_no_credential_and_the_others_do(
    pairs: list[tuple[str, Operation, Described]],
) -> None:
    for name, operation, described in pairs:
        if operation.permission is None:
            assert described["security"] == [], name
            assert "403-denied" not in str(described["responses"]), name
        else:
            assert len(described["security"]) == 1, name
            assert {"401", "403"} <= set(described["responses"]), name


def test_limits_are_told_with_every_answer_to_somebody_known_and_with_no_other(
    document: Document, pairs: list[tuple[str, Operation, Described]]
) -> None:
    for name, operation, described in pairs:
        for status, response in described["responses"].items():
            told = {"RateLimit", "RateLimit-Policy"} & set(_resolved(document, response)["headers"])
            assert len(told) == (2 if operation.permission is not None and status != "401" else 0), (name, status)


def test_every_operation_of_somebody_known_may_be_refused_by_the_limits(
    document: Document, pairs: list[tuple[str, Operation, Described]]
) -> None:
    for name, operation, described in pairs:
        if operation.permission is not None:
            refusal = _resolved(document, described["responses"]["429"])
            assert "- `quota-exceeded`: A limit of your company is reached" in refusal["description"], name
            assert "Retry-After" in refusal["headers"], name


def test_conditional_operations_want_if_match_and_say_412_and_428(
    pairs: list[tuple[str, Operation, Described]],
) -> None:
    for name, operation, described in pairs:
        wanted = [parameter for parameter in described["parameters"] if parameter["name"] == "If-Match"]
        assert len(wanted) == int(operation.conditional), name
        assert all(parameter["required"] for parameter in wanted), name
        assert ({"412", "428"} <= set(described["responses"])) is operation.conditional, name


def test_posts_take_an_idempotency_key_except_where_credentials_are_issued(
    pairs: list[tuple[str, Operation, Described]],
) -> None:
    taking = {name for name, _, described in pairs if "Idempotency-Key" in str(described["parameters"])}
    expected = {
        name
        for name, operation, _ in pairs
        if name.startswith("POST") and operation.permission is not None and not operation.issues_credential
    }
    assert taking == expected


def test_location_is_described_where_what_was_made_can_be_read(pairs: list[tuple[str, Operation, Described]]) -> None:
    located = {name for name, _, described in pairs if "headers/Location" in str(described["responses"])}

    made = ("projects", "tasks", "imports", "exports", "company:export", "purges", "webhooks")
    assert located == {f"POST /api/v1/{name}" for name in made}


def test_patterns_are_of_json_schema(document: Document) -> None:
    assert "\\Z" not in str(document)
    key = document["components"]["schemas"]["ProjectCreation"]["properties"]["key"]
    assert key["pattern"] == "^[A-Z0-9]{2,10}$"


def test_bodies_refuse_unknown_names_and_patches_require_none(
    document: Document, pairs: list[tuple[str, Operation, Described]]
) -> None:
    for name, operation, described in pairs:
        assert ("requestBody" in described) is (operation.body is not None), name
        for content in described.get("requestBody", {"content": {}})["content"].values():
            body = _resolved(document, content["schema"])
            assert body["additionalProperties"] is False, name
            assert not (operation.partial and "required" in body), name


def test_every_reference_leads_somewhere_and_every_component_is_referred_to(document: Document) -> None:
    used = set(_references(document))
    present = {
        f"#/components/{kind}/{name}"
        for kind, components in document["components"].items()
        if kind != "securitySchemes"
        for name in components
    }
    assert used == present


def test_nothing_of_openapi_3_0_nor_of_the_generator_is_left(document: Document) -> None:
    assert not {"nullable", "x-spec-enum-id"} & set(_names(document))


def _routes() -> Iterator[tuple[str, Any]]:
    for prefix, pattern in _patterns(get_resolver().url_patterns):
        view = getattr(pattern.callback, "cls", None)
        if view is not None and view.schema is not None:
            yield _template(prefix + str(pattern.pattern)), view


def _patterns(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield prefix, pattern
        else:
            yield from _patterns(pattern.url_patterns, prefix + str(pattern.pattern))


def _template(path: str) -> str:
    """Write ids in one way, whichever way the path is written in."""
    return path.replace("<oid:", "{").replace(">", "}")


def _resolved(document: Document, described: Described) -> Described:
    if "$ref" not in described:
        return described
    _, _, kind, name = described["$ref"].split("/")
    return dict(document["components"][kind][name])


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (str(value) for name, value in node.items() if name == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _references(each)


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _names(each)
