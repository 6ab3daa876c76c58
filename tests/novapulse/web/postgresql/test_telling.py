"""What is told of statements to PostgreSQL, by a real server."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection

from novapulse.telemetry import calls
from tests.hearing import hearing

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_statement_is_told_by_its_first_word_and_never_by_its_values() -> None:
    with hearing(calls.POSTGRESQL) as heard, connection.cursor() as cursor:
        cursor.execute("select %s", ["secret"])
        cursor.execute("  (SELECT 1)")
        cursor.execute("EXPLAIN SELECT 1")
        with pytest.raises(ProgrammingError):
            cursor.execute("SELECT secret FROM nowhere")

    told = [(call.operation, call.error) for call in heard if call.target == "default"]
    assert told == [("SELECT", ""), ("SELECT", ""), ("OTHER", ""), ("SELECT", "ProgrammingError")]
    assert "secret" not in str(heard)
