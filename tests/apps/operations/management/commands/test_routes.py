"""`manage.py routes`."""

from __future__ import annotations

import io
import json

from django.core.management import call_command


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("routes", *arguments, stdout=out)
    return out.getvalue()


def test_it_lists_who_may_call_what_and_at_which_cost() -> None:
    lines = {tuple(line.split()[:2]): line for line in run().splitlines()}

    assert "webhooks.rotate" in lines["POST", "/api/v1/webhooks/{webhook_id}:rotate-secret"]
    assert lines["GET", "/api/v1/tasks"].split()[-6:] == ["all", "roles", "yes", "list", "30", "s"]
    assert " anybody " in lines["GET", "/health/live"]


def test_it_is_narrowed_by_permission_area_and_path() -> None:
    (one,) = json.loads(run("--permission", "projects.delete", "--json"))
    area = json.loads(run("--permission", "projects", "--json"))

    assert (one["method"], one["roles"]) == ("DELETE", ["owner", "admin", "manager"])
    assert {each["permission"].partition(".")[0] for each in area} == {"projects"}
    assert all("/webhooks" in each["path"] for each in json.loads(run("--path", "/webhooks", "--json")))


def test_none_is_an_answer_as_well() -> None:
    assert run("--path", "nowhere") == "0 routes, 0 of them for anybody.\n"
