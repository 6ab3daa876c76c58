"""What a request costs."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from novapulse.web.cost import Cost, units


@pytest.mark.parametrize(
    ("cost", "path", "expected"),
    [
        (Cost.READ, "/", 1),
        (Cost.WRITE, "/", 2),
        (Cost.SEARCH, "/", 5),
        (Cost.EXPORT, "/", 20),
        (Cost.LIST, "/", 1),
        (Cost.LIST, "/?status=todo", 1),
        (Cost.LIST, "/?q=lamp", 5),
        (Cost.LIST, "/?q=", 5),
    ],
)
def test_class_of_the_route_says_what_a_request_costs(cost: Cost, path: str, expected: int) -> None:
    assert units(cost, RequestFactory().get(path)) == expected


@pytest.mark.parametrize(("length", "expected"), [(0, 2), (8_191, 2), (8_192, 3), (1_048_576, 130)])
def test_batch_pays_as_a_write_and_for_its_size(length: int, expected: int) -> None:
    request = RequestFactory().post("/", b"x" * length, content_type="application/json")

    assert units(Cost.BATCH, request) == expected


@pytest.mark.parametrize(("mebibytes", "expected"), [(0, 2), (1, 6), (50, 202)])
def test_file_pays_by_its_size_and_the_largest_is_within_every_plan(mebibytes: int, expected: int) -> None:
    request = RequestFactory().post("/", b"", content_type="multipart/form-data", CONTENT_LENGTH=str(mebibytes << 20))

    assert units(Cost.UPLOAD, request) == expected


@pytest.mark.parametrize("text", ["", "-1", "many", "1e9", "\u0662"])
def test_batch_whose_length_is_no_number_pays_as_a_write(text: str) -> None:
    request = RequestFactory().post("/", b"", content_type="application/json", CONTENT_LENGTH=text)

    assert units(Cost.BATCH, request) == 2
