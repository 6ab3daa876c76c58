"""`manage.py doctor` against real stores."""

import json

import pytest
from django.core.management import call_command


def test_doctor_prints_a_table_of_all_stores(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("doctor")
    head, *rows = capsys.readouterr().out.splitlines()

    assert head.split()[:2] == ["Store", "Answers"]
    assert [row.split()[:2] for row in rows] == [
        ["mongodb", "yes"],
        ["redis", "yes"],
        ["postgresql", "yes"],
        ["sqs", "yes"],
    ]


def test_doctor_prints_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("doctor", "--json")
    found = json.loads(capsys.readouterr().out)

    assert [store["name"] for store in found] == ["mongodb", "redis", "postgresql", "sqs"]
    assert set(found[0]) == {"name", "ok", "latency_ms", "pool", "detail", "state"}
    assert set(found[0]["pool"]) == {"open", "in_use", "max"}


def test_doctor_exits_with_1_when_a_store_is_away(no_redis: None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    rows = capsys.readouterr().out.splitlines()[1:]

    assert ended.value.code == 1
    assert [row.split()[:2] for row in rows] == [
        ["mongodb", "yes"],
        ["redis", "no"],
        ["postgresql", "yes"],
        ["sqs", "yes"],
    ]
    assert "Redis does not answer." in rows[1]
