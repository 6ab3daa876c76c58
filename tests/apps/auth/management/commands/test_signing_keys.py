"""`manage.py signing_keys` against a real MongoDB."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from apps.auth.domain import signing_keys
from novapulse import clock

if TYPE_CHECKING:
    from pymongo.collection import Collection


@pytest.fixture
def signer(own_keys: Collection[dict[str, Any]]) -> str:
    """Give the key that signs before anything is rotated."""
    own_keys.delete_many({})
    return signing_keys.active().kid


def run(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the command; give what it printed."""
    capsys.readouterr()
    call_command("signing_keys", *words)
    return str(capsys.readouterr().out)


def added(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Add a key; give its id."""
    return str(json.loads(run("add", "--json", *words, capsys=capsys))["kid"])


def test_list_shows_every_key_with_its_next_step(signer: str, capsys: pytest.CaptureFixture[str]) -> None:
    following, retired = added("--algorithm", "RS256", capsys=capsys), added(capsys=capsys)
    run("retire", retired, capsys=capsys)
    *rows, conclusion = run("list", capsys=capsys).splitlines()
    found = {row.split()[0]: row.split() for row in rows[1:]}
    assert found.keys() == {signer, following, retired}
    assert (found[signer][1:3], found[signer][-1]) == (["EdDSA", "active"], "-")
    assert (found[following][1:3], found[following][-6]) == (["RS256", "next"], "activate")
    assert (found[retired][1:3], found[retired][-1]) == (["EdDSA", "retired"], "-")
    assert conclusion == f"Key {signer} signs."


@override_settings(MASTER_KEY="another master key, of another house")
def test_list_says_so_where_the_signer_was_sealed_by_another_master_key(
    signer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list", capsys=capsys).splitlines()[-1].startswith(f"Key {signer} was sealed by another MASTER_KEY: ")


def test_list_says_so_where_there_is_no_key(
    own_keys: Collection[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    own_keys.delete_many({})
    assert run("list", capsys=capsys) == "No key signs yet: whatever needs one first makes it.\n"
    assert json.loads(run("list", "--json", capsys=capsys)) == {"keys": []}


def test_list_is_json_for_programs_and_shows_no_private_half(signer: str, capsys: pytest.CaptureFixture[str]) -> None:
    (key,) = json.loads(run("list", "--json", capsys=capsys))["keys"]
    assert key.keys() == {"kid", "algorithm", "status", "created_at", "changed_at", "opens", "ready_at"}
    assert (key["kid"], key["algorithm"], key["status"], key["ready_at"]) == (signer, "EdDSA", "active", None)


def test_key_is_added_activated_and_the_former_one_retired(signer: str, capsys: pytest.CaptureFixture[str]) -> None:
    kid = added(capsys=capsys)
    with clock.shifted(timedelta(seconds=360)):
        assert (
            run("activate", kid, capsys=capsys) == f"Done! Key {kid} signs; tokens of the key before it stay valid.\n"
        )
    assert signing_keys.active().kid == kid
    told = run("retire", signer, capsys=capsys)
    assert told == f"Done! Key {signer} is withdrawn; its tokens are refused from now on.\n"
    assert signing_keys.load().keys() == {kid}


def test_key_that_is_too_new_signs_with_now_alone(signer: str, capsys: pytest.CaptureFixture[str]) -> None:
    kid = added(capsys=capsys)
    with pytest.raises(CommandError, match=r"wait 3[56]\d s more\. With --now it does so at once\.$"):
        run("activate", kid, capsys=capsys)
    assert signing_keys.active().kid == signer
    run("activate", kid, "--now", capsys=capsys)
    assert signing_keys.active().kid == kid


def test_nothing_is_changed_in_a_dry_run(
    signer: str, own_keys: Collection[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    kid = added(capsys=capsys)
    before = list(own_keys.find())
    for words in (("activate", kid, "--now"), ("retire", kid)):
        assert run(*words, "--dry-run", capsys=capsys).endswith("nothing was changed.\n")
        assert json.loads(run(*words, "--dry-run", "--json", capsys=capsys))["dry_run"] is True
    with pytest.raises(CommandError, match=r"wait \d+ s more"):
        run("activate", kid, "--dry-run", capsys=capsys)
    with pytest.raises(CommandError, match="is active"):
        run("retire", signer, "--dry-run", capsys=capsys)
    assert list(own_keys.find()) == before


def test_dry_run_of_retire_tells_how_long_tokens_of_the_key_are_in_use(
    signer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kid = added(capsys=capsys)
    assert "(it is unused)" in run("retire", kid, "--dry-run", capsys=capsys)
    run("activate", kid, "--now", capsys=capsys)
    assert "(its last token expires by 20" in run("retire", signer, "--dry-run", capsys=capsys)


@pytest.mark.parametrize("action", ["activate", "retire"])
def test_command_ends_with_one_sentence_when_it_cannot_be_done(
    signer: str, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match=r"^There is no signing key of this id\.$"):
        run(action, "x" * 43, capsys=capsys)
    with pytest.raises(CommandError, match=r"^The key is active: only a next or previous one"):
        run(action, signer, capsys=capsys)


@pytest.mark.parametrize("words", [(), ("rotate",), ("activate",), ("add", "--algorithm", "HS256"), ("list", "--now")])
def test_command_is_refused_when_it_is_written_wrongly(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("signing_keys", *words)


def test_command_ends_with_one_sentence_when_mongodb_is_away(mongo_refused: None) -> None:
    for words in (("list",), ("add",), ("activate", "x" * 43), ("retire", "x" * 43)):
        with pytest.raises(CommandError, match=r"^The database does not answer"):
            call_command("signing_keys", *words)
