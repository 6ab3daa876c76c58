"""`manage.py import_issues`, as an operator calls it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

if TYPE_CHECKING:
    from tests.api import Api

DATA = Path(__file__).parents[4] / "data"


def run(*arguments: str | Path) -> str:
    out = io.StringIO()
    call_command("import_issues", *map(str, arguments), stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def project(acme: Api) -> None:
    """Give acme a project WEB."""
    acme.post("/projects", {"key": "WEB", "name": "Web"})


@pytest.mark.usefixtures("project")
def test_real_export_is_imported_once(acme: Api, rival: Api) -> None:
    first = run("--company", "acme", "--project", "web", DATA / "usergrid.csv")
    second = run("--company", "acme", "--project", "WEB", DATA / "usergrid.csv")

    assert first.startswith("Created 40 tasks in acme/WEB; 0 were there already, 0 rows were bad")
    assert second.startswith("Created 0 tasks in acme/WEB; 40 were there already, 0 rows were bad")
    assert second.endswith("Nothing changed.")
    assert acme.get("/tasks?external_key=USERGRID-16").json()["data"][0]["points"] == 3.0
    assert rival.get("/tasks").json()["data"] == []


@pytest.mark.usefixtures("project")
def test_dry_run_tells_what_would_be_and_changes_nothing(acme: Api) -> None:
    said = run("--company", "acme", "--project", "WEB", DATA / "usergrid.csv", "--dry-run")

    assert said.startswith("Would create 40 tasks")
    assert acme.get("/tasks").json()["data"] == []


@pytest.mark.usefixtures("project")
def test_bad_row_is_told_with_line_and_reason_and_the_exit_code_is_1(
    acme: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "issues.csv"
    file.write_text("issuekey,title,description,storypoint\nA-1,,d,1\nA-2,good,d,1\n")

    with pytest.raises(SystemExit) as ended:
        call_command("import_issues", "--company", "acme", "--project", "WEB", str(file))

    assert ended.value.code == 1
    assert "line 2: title is empty. (missing)" in capsys.readouterr().out
    assert [task["external_key"] for task in acme.get("/tasks").json()["data"]] == ["A-2"]


@pytest.mark.usefixtures("project")
def test_outcome_is_one_json_object_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    said: dict[str, Any] = json.loads(run("--company", "acme", "--project", "WEB", DATA / "usergrid.csv", "--json"))

    assert said == {"created": 40, "present": 0, "bad": [], "dry_run": False}
    assert capsys.readouterr().err == ""  # no bar where nobody looks


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--company", "nobody", "--project", "WEB", DATA / "usergrid.csv"], "There is no company nobody."),
        (["--company", "acme", "--project", "NONE", DATA / "usergrid.csv"], "The company has no project NONE."),
        (
            ["--company", "acme", "--project", "WEB", "/no/such/file.csv"],
            "^/no/such/file.csv: No such file[a-z ]+$",
        ),
        (["--company", "acme", "--project", "WEB", Path(__file__)], "The header lacks"),
    ],
)
def test_mistake_is_one_sentence(arguments: list[str | Path], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)
