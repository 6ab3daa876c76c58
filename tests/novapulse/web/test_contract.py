"""What a route reads, and how its refusals become pointers."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from novapulse.errors import Invalid
from novapulse.web import contract, fields


class Address(serializers.Serializer[Any]):
    city = fields.Text(max_length=5)


class Pet(contract.Contract):
    name = fields.Text()
    born = fields.Instant(read_only=True)


class Person(contract.Contract):
    name = fields.Text(max_length=10)
    age = fields.Whole(required=False, min_value=0)
    labels = serializers.ListField(child=fields.Text(max_length=3), required=False, max_length=2)
    home = Address(required=False)
    homes = Address(many=True, required=False)
    pet = Pet(required=False, allow_null=True)
    pets = Pet(many=True, required=False)
    id = fields.Text(read_only=True)


class Search(contract.Contract):
    q = fields.Text(required=False)


def refusals(body: dict[str, Any], *, partial: bool = False) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        contract.read_body(Person, body, partial=partial)
    return {field.pointer: field.code for field in refused.value.fields}


def test_a_valid_body_is_read() -> None:
    assert contract.read_body(Person, {"name": " Ann ", "age": 5}) == {"name": "Ann", "age": 5}
    assert contract.read_body(Person, {"name": "Ann", "pet": {"name": "Rex"}}) == {
        "name": "Ann",
        "pet": {"name": "Rex"},
    }
    assert contract.read_body(Person, {"name": "Ann", "pet": None}) == {"name": "Ann", "pet": None}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"/name": "required"}),
        ({"name": None}, {"/name": "null"}),
        ({"name": ""}, {"/name": "blank"}),
        ({"name": 5}, {"/name": "invalid"}),
        ({"name": "x" * 11}, {"/name": "max-length"}),
        ({"name": "a\x00b"}, {"/name": "null-characters-not-allowed"}),
        ({"name": "A", "age": -1}, {"/age": "min-value"}),
        ({"name": "A", "labels": ["ok", "much too long"]}, {"/labels/1": "max-length"}),
        ({"name": "A", "labels": ["1", "2", "3"]}, {"/labels": "max-length"}),
        ({"name": "A", "labels": "abc"}, {"/labels": "not-a-list"}),
        ({"name": "A", "home": {"city": 5}}, {"/home/city": "invalid"}),
        ({"name": "A", "home": 5}, {"/home": "invalid"}),
        ({"name": "A", "homes": [{"city": "Ulm"}, {}]}, {"/homes/1/city": "required"}),
        ({"name": "A", "pet": {"name": "Rex", "colour": "red"}}, {"/pet/colour": "unknown"}),
        (
            {"name": "A", "pet": {"a/b": 1, "c": 2}, "d": 3},
            {"/pet/a~1b": "unknown", "/pet/c": "unknown", "/d": "unknown"},
        ),
        ({"name": "A", "pets": [{"name": "Rex"}, {"name": "Tom", "x": 1}]}, {"/pets/1/x": "unknown"}),
        ({"name": "A", "pet": ["name"]}, {"/pet": "invalid"}),
        ({"name": "A", "pet": {"name": 5}}, {"/pet/name": "invalid"}),
        ({"name": "A", "colour": "red"}, {"/colour": "unknown"}),
        ({"name": "A", "id": "1"}, {"/id": "unknown"}),
        ({"name": "A", "a/b~c": 1}, {"/a~1b~0c": "unknown"}),
        ({"colour": "red"}, {"/colour": "unknown", "/name": "required"}),
        ({"name": {"$ne": None}}, {"/name": "invalid"}),
    ],
)
def test_each_field_that_is_wrong_has_its_pointer(body: dict[str, Any], expected: dict[str, str]) -> None:
    assert refusals(body) == expected


def test_a_merge_patch_needs_no_field_and_takes_no_unknown_one() -> None:
    assert contract.read_body(Person, {}, partial=True) == {}
    assert contract.read_body(Person, {"age": 5}, partial=True) == {"age": 5}
    assert refusals({"colour": "red"}, partial=True) == {"/colour": "unknown"}


def test_a_body_of_a_thousand_unknown_names_gets_an_answer_of_bounded_size() -> None:
    assert len(refusals({f"name{number}": 1 for number in range(1_000)})) == 100
    assert len(refusals({"name": "A", **{f"name{number}": 1 for number in range(1_000)}})) == 100


def test_one_request_leaves_nothing_for_the_next() -> None:
    refusals({"name": 5})

    assert contract.read_body(Person, {"name": "Ann"}) == {"name": "Ann"}
    assert contract.read_body(Person, {"name": "Bob"}) == {"name": "Bob"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("colour=red", {"?colour": "unknown"}),
        ("q=a&q=b", {"?q": "repeated"}),
        ("q=a%00b", {"?q": "null-characters-not-allowed"}),
        ("q=", {"?q": "blank"}),
        ("=1", {"?": "unknown"}),
        ("%ff=1", {"?\ufffd": "unknown"}),
    ],
)
def test_each_parameter_that_is_wrong_is_named(query: str, expected: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        contract.read_query(Search, QueryDict(query))

    assert {field.pointer: field.code for field in refused.value.fields} == expected


def test_a_valid_query_is_read() -> None:
    assert contract.read_query(Search, QueryDict("q=caf%C3%A9")) == {"q": "café"}
    assert contract.read_query(Search, QueryDict("q=%ff")) == {"q": "\ufffd"}


def test_a_refusal_speaks_of_json_and_not_of_python() -> None:
    with pytest.raises(Invalid) as refused:
        contract.read_body(Person, {"name": "A", "pet": "Rex"})
    assert [(field.pointer, field.detail) for field in refused.value.fields] == [("/pet", "Not an object.")]
