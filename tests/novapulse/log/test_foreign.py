"""Of what other libraries say, only what their authors have written gets into a line."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.lines import collected

Said = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said() -> Iterator[Said]:
    with collected() as lines:
        yield lines.taken


def test_a_template_is_told_without_its_arguments(said: Said) -> None:
    logging.getLogger("some.library").warning("Retrying %s after %r", "https://host/?key=swordfish", "swordfish")
    (line,) = said()

    assert line["event"] == "library.message"
    assert line["template"] == "Retrying %s after %r"
    assert line["where"].startswith("log/test_foreign.py:")
    assert "swordfish" not in json.dumps(line)


def test_a_message_that_was_put_together_is_withheld_and_a_constant_is_told(said: Said) -> None:
    word = "swordfish"
    logging.getLogger("some.library").warning(f"The key is {word}.")  # noqa: G004  as some libraries do
    logging.getLogger("some.library").warning("The pool is full.")

    assert [line.get("template") for line in said()] == [None, "The pool is full."]


def test_an_object_as_a_message_is_withheld(said: Said) -> None:
    logging.getLogger("some.library").warning({"filter": "swordfish"})

    assert "template" not in said()[0]


def test_what_no_view_has_caught_has_a_name_of_ours_and_its_traceback(said: Said) -> None:
    logger = logging.getLogger("django.request")
    logger.error("%s: %s", "Bad Gateway", "/path/swordfish")
    try:
        int("swordfish")
    except ValueError:
        logger.exception("%s: %s", "Internal Server Error", "/path/swordfish")
    (line,) = said()

    assert line["event"] == "http.unhandled_error"
    assert line["error"] == "builtins.ValueError"
    assert "/path" not in json.dumps(line)
