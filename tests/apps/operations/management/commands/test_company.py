"""`manage.py company` against a real MongoDB."""

from __future__ import annotations

import getpass
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from apps.tenants.domain import companies, gate_changes, limits, standing
from apps.tenants.domain.limits import Agreement
from tests.audited import Audited

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api


@pytest.fixture
def run(acme: Api, rival: Api, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command with a company and its rival there; give what it prints."""

    def _run(*arguments: str) -> str:
        why = (
            ()
            if arguments[:1] in {("list",), ("show",), ("verify-deleted",), ()} or "--reason" in arguments
            else ("--reason", "a trial")
        )
        call_command("company", *arguments, *why)
        return capsys.readouterr().out

    return _run


def test_list_shows_every_company_and_counts_the_suspended(run: Callable[..., str]) -> None:
    run("suspend", "rival")
    rows = run("list").splitlines()

    assert [line.split()[0] for line in rows] == ["Slug", "acme", "rival", "2"]
    assert "1200 units in 60 s, 20 requests at a time" in rows[1]
    assert rows[-1] == "2 companies, 1 suspended."
    assert [each["slug"] for each in json.loads(run("list", "--json"))] == ["acme", "rival"]


def test_show_tells_what_the_company_may_do(run: Callable[..., str]) -> None:
    limits.agree("acme", Agreement(quota=60, shadow=frozenset({"principal", "company"})))
    shown = json.loads(run("show", "acme", "--json"))

    assert shown["limits"] == {
        "quota": 60,
        "window_seconds": 60,
        "concurrency": 20,
        "shadow": ["company", "principal"],
        "version": 2,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+\.\d{3}\+00:00", shown["created_at"])
    *table, conclusion = run("show", "acme").splitlines()
    assert "agreed        quota 60" in [row.strip()[:22] for row in table]
    assert conclusion == (
        "Acme (acme) may use 60 units in 60 s, 20 requests at a time; "
        "in shadow, where nothing is refused: company, principal."
    )


def test_suspend_is_told_done_and_told_apart_from_done_before(run: Callable[..., str]) -> None:
    first, second = run("suspend", "acme"), json.loads(run("suspend", "acme", "--json"))

    assert first.startswith("Acme (acme) is suspended: nobody of it can sign in")
    assert (second["changed"], second["company"]["status"]) == (False, "suspended")
    assert companies.company_named("acme").credential_version == 2
    assert companies.company_named("rival").is_open


def test_dry_run_suspends_nobody(run: Callable[..., str]) -> None:
    assert run("suspend", "acme", "--dry-run") == "Acme (acme) would become suspended; nothing was changed.\n"
    assert companies.company_named("acme").is_open
    assert gate_changes.pending() == {}


def test_resume_lets_the_company_work_again(run: Callable[..., str]) -> None:
    assert run("resume", "acme") == "Acme (acme) is active already; nothing was changed.\n"
    run("suspend", "acme")
    assert run("resume", "acme") == "Acme (acme) may work again.\n"
    assert companies.company_named("acme").is_open


def test_read_only_company_is_told_apart_in_the_list(run: Callable[..., str]) -> None:
    assert run("read-only", "acme").startswith("Acme (acme) is read-only: its people can read")
    assert json.loads(run("show", "acme", "--json"))["status"] == "read_only"
    assert run("list").splitlines()[-1] == "2 companies, 1 read-only."


def test_company_that_is_to_be_deleted_cannot_be_suspended(run: Callable[..., str]) -> None:
    standing.go("acme", standing.DELETING)
    with pytest.raises(CommandError, match="acme is deleting; from there it cannot become suspended"):
        run("suspend", "acme")


def test_tombstone_is_listed_and_cannot_be_named(run: Callable[..., str]) -> None:
    company = standing.go("acme", standing.DELETING).company
    slug = standing.entomb(company.id).slug
    assert run("list").splitlines()[-1] == "2 companies, 1 deleted."
    for action in ("show", "suspend", "resume"):
        with pytest.raises(CommandError, match="There is no company"):
            run(action, slug)


def test_create_tells_who_owns_the_company(run: Callable[..., str]) -> None:
    said = run("create", "nova", "--name", "Nova", "--country", "FR", "--owner", "nora@nova.example")
    assert said.startswith("Nova (nova) is there; nora@nova.example owns it")
    assert companies.company_named("nova").country == "FR"


def test_reason_stands_in_the_companys_audit_with_whose_it_is(run: Callable[..., str], database: Any) -> None:
    audited = Audited(database)
    run("suspend", "acme", "--reason", "unpaid")
    (told,) = audited.told()
    assert (told["action"], told["actor"]["name"], told["reason"]) == ("company.suspended", getpass.getuser(), "unpaid")


def test_change_without_a_reason_is_not_made(acme: Api) -> None:
    with pytest.raises(CommandError, match="--reason"):
        call_command("company", "suspend", "acme")
    assert companies.company_named("acme").is_open


def test_plan_ends_with_what_the_company_may_do_now(run: Callable[..., str]) -> None:
    assert run("plan", "acme", "pro") == (
        "Acme (acme) is on the plan pro now: 6000 units in 60 s, 50 requests at a time.\n"
    )
    assert run("plan", "acme", "pro") == "Acme (acme) is on the plan pro already; nothing was changed.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("suspend", "nobody"), "There is no company 'nobody'."),
        (("suspend", "nobody", "--dry-run"), "There is no company 'nobody'."),
        (("suspend", "acme", "--reason"), "expected one argument"),
        (("create", "A!", "--name", "A", "--country", "DE", "--owner", "a@b.example"), "'A!' is no slug"),
        (("create", "acme", "--name", "A", "--country", "DE", "--owner", "a@b.example"), "slug is taken"),
        (("show", "nobody"), "There is no company 'nobody'."),
        (("plan", "acme", "gold"), "invalid choice: 'gold'"),
        (("close", "acme"), "invalid choice: 'close'"),
        ((), "required"),
    ],
)
def test_mistake_ends_the_command_with_one_sentence_and_changes_nothing(
    run: Callable[..., str], arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)
    assert (companies.company_named("acme").limits_version, gate_changes.pending()) == (1, {})


def test_name_that_a_customer_wrote_does_not_steer_the_operators_terminal(
    run: Callable[..., str], database: Any
) -> None:
    database["companies"].update_one({"slug": "acme"}, {"$set": {"name": "\x1b[2J[red]Acme"}})

    assert "\x1b" not in run("list") + run("show", "acme") + run("suspend", "acme")
    assert "?[2J[red]Acme" in run("list")


def test_all_sessions_of_a_company_end_and_nobody_elses(run: Callable[..., str], acme: Api, rival: Api) -> None:
    assert run("end-sessions", "acme", "--dry-run") == "1 sessions of Acme (acme) would end; nothing was changed.\n"
    assert acme.get("/me").status_code == 200
    assert run("end-sessions", "acme") == "Done! 1 sessions of Acme (acme) have ended: everybody signs in anew.\n"
    assert [each.get("/me").status_code for each in (acme, rival)] == [401, 200]
    assert json.loads(run("end-sessions", "acme", "--json"))["sessions"] == 0
