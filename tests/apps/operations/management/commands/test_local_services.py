"""`manage.py local_services`."""

from __future__ import annotations

import json
import shutil
import tempfile
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from novapulse.local import known_urls, state
from novapulse.local.stack import down

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.servers


@pytest.fixture
def folder(settings: SettingsWrapper) -> Iterator[Path]:
    """Give a local folder of its own, where Redis alone is to run here."""
    made = Path(tempfile.mkdtemp(prefix="local-test-"))
    settings.LOCAL_DIR = made
    settings.EXPLICIT_SERVICE_URLS = {
        "MONGO_URI": "mongodb://elsewhere.example/novapulse",
        "DATABASE_URL": "postgresql://somebody:a-password@elsewhere.example/novapulse",
        "AWS_ENDPOINT_URL": "http://elsewhere.example",
    }
    yield made
    down(made)
    shutil.rmtree(made)


def _output(*arguments: str) -> str:
    output = StringIO()
    call_command("local_services", *arguments, stdout=output)
    return output.getvalue()


def test_up_leaves_them_running_and_prints_where(folder: Path) -> None:
    report, export = _output("up").splitlines()
    assert report.startswith("Redis ready on 127.0.0.1:")
    assert export == f"export REDIS_URL={known_urls(folder)['REDIS_URL']}"


def test_up_as_json_is_nothing_but_json(folder: Path) -> None:
    assert json.loads(_output("up", "--json")) == known_urls(folder)


def test_status_exits_with_1_while_one_is_down(folder: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        _output("status")
    assert ended.value.code == 1
    _output("up")
    conditions = {line.split()[0]: line.split()[1] for line in _output("status").splitlines()[1:]}
    assert conditions == {"MongoDB": "elsewhere", "Redis": "running", "PostgreSQL": "elsewhere", "AWS": "endpoint"}


def test_status_shows_no_address_that_may_carry_a_password(folder: Path) -> None:
    _output("up")
    assert "a-password" not in _output("status") + _output("status", "--json")
    found = {each["variable"]: each for each in json.loads(_output("status", "--json"))}
    assert found["REDIS_URL"]["url"] == known_urls(folder)["REDIS_URL"]


def test_down_stops_them_and_says_which(folder: Path) -> None:
    _output("up")
    assert _output("down") == "Stopped: redis.\n"
    assert known_urls(folder) == {}
    assert _output("down") == "Nothing was running.\n"
    assert json.loads(_output("down", "--json")) == {"stopped": []}


def test_a_server_that_cannot_start_is_one_sentence(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "redis").write_text("in the way")
    with pytest.raises(CommandError) as caught:
        _output("up")
    assert str(caught.value).startswith("Redis")
    assert "\n" not in str(caught.value)
    assert state.read(folder) == {}


def test_a_local_folder_that_cannot_be_made_is_one_sentence(folder: Path, settings: SettingsWrapper) -> None:
    (folder / "file").write_text("")
    settings.LOCAL_DIR = folder / "file" / "local"
    with pytest.raises(CommandError, match=rf"^The local folder {folder}/file/local cannot be used: [^\n]*\.$"):
        _output("up")
