"""`manage.py company delete|verify-deleted`, by the command, against real stores."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from apps.operations.domain import deletions, sweeping
from apps.tenants.domain import companies, standing
from novapulse import clock
from novapulse.queues import dead_letters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.api import Api


@pytest.fixture
def run(acme: Api, rival: Api, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command with a company and its rival there; give what it prints."""

    def _run(*arguments: str) -> str:
        why = () if arguments[0] == "verify-deleted" else ("--reason", "a trial")
        call_command("company", *arguments, *why)
        return capsys.readouterr().out

    return _run


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, queues: object, db: None) -> None:
    """Wait for nobody: no request is at work, and moto shows all letters at once."""
    monkeypatch.setattr(dead_letters, "_LOOK_SECONDS", 0)
    monkeypatch.setattr(sweeping, "_HEARD", -timedelta(hours=1))


NOW = ("--now", "--confirm", "acme")


@pytest.mark.usefixtures("quick")
def test_delete_closes_the_company_and_tells_until_when_it_can_be_resumed(run: Callable[..., str], acme: Api) -> None:
    said = run("delete", "acme", "--grace", "12h")

    assert re.match(r"acme is to be deleted at \d{4}-\d\d-\d\d \d\d:\d\d UTC\. Every credential", said)
    assert acme.get("/me").status_code == 401
    assert run("resume", "acme") == "Acme (acme) may work again.\n"
    with pytest.raises(CommandError, match="No company 'other' was deleted"):
        run("verify-deleted", "other")


@pytest.mark.usefixtures("quick")
def test_delete_now_gives_a_certificate_and_verify_deleted_says_that_it_is_true(
    run: Callable[..., str], acme: Api, rival: Api, tmp_path: Path
) -> None:
    file = tmp_path / "certificate"
    told = json.loads(run("delete", "acme", *NOW, "--certificate", str(file), "--json"))
    verified = json.loads(run("verify-deleted", "acme", "--json"))

    assert file.read_text(encoding="ascii").strip() == told["certificate"] == verified["certificate"]
    assert told["content"]["company"]["id"] == str(acme.company_id) == verified["company_id"]
    assert (verified["is_deleted"], verified["left"]) == (True, [])
    assert run("verify-deleted", str(acme.company_id)).startswith(
        f"0 left of acme ({acme.company_id}); its certificate"
    )
    assert rival.get("/me").status_code == 200


@pytest.mark.usefixtures("quick")
def test_verify_deleted_names_what_is_left_and_ends_badly(
    run: Callable[..., str], acme: Api, database: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run("delete", "acme", *NOW)
    database["forgotten"].insert_one({"_id": "here", "of": acme.company_id})
    with pytest.raises(CommandError, match=r"^At least 1 of acme are left\.$"):
        run("verify-deleted", "acme")

    assert capsys.readouterr().out.splitlines()[1].split() == ["mongodb", "forgotten", "1", "here"]


@pytest.mark.usefixtures("quick")
def test_verify_deleted_refuses_a_certificate_that_was_altered(run: Callable[..., str], database: Any) -> None:
    run("delete", "acme", *NOW)
    database["deletions"].update_one({}, [{"$set": {"certificate": {"$concat": ["$certificate", "x"]}}}])
    with pytest.raises(CommandError, match="The certificate was altered"):
        run("verify-deleted", "acme")


@pytest.mark.usefixtures("quick")
def test_what_is_not_deleted_yet_is_not_said_to_be(run: Callable[..., str]) -> None:
    run("delete", "acme")
    with pytest.raises(CommandError, match="acme is not deleted yet: it is to be at"):
        run("verify-deleted", "acme")


@pytest.mark.usefixtures("quick")
def test_dry_run_tells_what_would_go_and_deletes_nothing(run: Callable[..., str], acme: Api) -> None:
    *rows, conclusion = run("delete", "acme", *NOW, "--dry-run").splitlines()

    assert ["memberships", "1"] in [row.split() for row in rows]
    assert ["identities", "1"] in [row.split() for row in rows]
    assert conclusion.startswith("Acme (acme) is active. It would be deleted with all of this, its data key, its keys")
    assert acme.get("/me").status_code == 200


@pytest.mark.usefixtures("quick")
def test_verify_deleted_refuses_a_certificate_of_another_company(run: Callable[..., str], database: Any) -> None:
    run("delete", "acme", *NOW)
    run("delete", "rival", "--now", "--confirm", "rival")
    (acmes,) = database["deletions"].find({"slug": "acme"})
    database["deletions"].update_one({"slug": "rival"}, {"$set": {"certificate": acmes["certificate"]}})

    with pytest.raises(CommandError, match="The certificate says something else than the deletion"):
        run("verify-deleted", "rival")


@pytest.mark.usefixtures("quick")
def test_a_certificate_is_checked_by_the_key_that_was_kept_when_master_key_is_another(
    run: Callable[..., str], settings: Any
) -> None:
    run("delete", "acme", *NOW)
    settings.MASTER_KEY = "another-key-" * 6
    told = json.loads(run("verify-deleted", "acme", "--json"))

    assert (told["is_deleted"], told["is_signed"], told["is_left"], told["is_of_todays_key"]) == (
        True,
        True,
        False,
        False,
    )


@pytest.mark.usefixtures("quick")
def test_a_file_that_is_there_is_not_overwritten_and_nothing_is_deleted(
    run: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "certificate"
    file.write_text("another one", encoding="ascii")
    with pytest.raises(CommandError, match="certificate: File exists"):
        run("delete", "acme", *NOW, "--certificate", str(file))

    assert companies.company_named("acme").is_open
    assert file.read_text(encoding="ascii") == "another one"


@pytest.mark.usefixtures("quick")
def test_what_has_begun_is_said_to_be_deleted_already(run: Callable[..., str], acme: Api) -> None:
    run("delete", "acme")
    standing.begin_deletion(acme.company_id)
    deletions.Deletion.collection().update_one({}, {"$set": {"begun_at": clock.now()}})

    assert "acme is being deleted already" in run("delete", "acme", "--grace", "90d")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--now",), "repeat the slug, as --confirm acme"),
        (("--now", "--confirm", "rival"), "repeat the slug, as --confirm acme"),
        (("--grace", "soon"), "'soon' is no length: give days or hours, such as 30d or 12h"),
        (("--grace", "0h"), "'0h' is no grace: give an hour at least, or --now"),
    ],
)
def test_nobody_is_deleted_by_mistake(run: Callable[..., str], given: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        run("delete", "acme", *given)
    assert refused.value.returncode == 2
    assert companies.company_named("acme").is_open
