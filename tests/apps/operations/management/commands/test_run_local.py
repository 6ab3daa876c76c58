"""`manage.py run_local`, as far as it is not novapulse.local.run."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8e3"])
def test_what_is_not_a_port_is_refused_with_an_example(port: str) -> None:
    with pytest.raises(CommandError, match=r"is not a port: give a number from 1 to 65535, such as 8000\."):
        call_command("run_local", f"--port={port}")


def test_a_port_in_use_is_one_sentence(settings: SettingsWrapper, tmp_path: Path) -> None:
    settings.LOCAL_DIR = tmp_path
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"^Port {port} on 127\.0\.0\.1 is in use: [^\n]*\.$"):
            call_command("run_local", f"--port={port}")
    assert list(tmp_path.iterdir()) == []


def test_nothing_starts_when_make_has_ended_before(settings: SettingsWrapper, tmp_path: Path) -> None:
    settings.LOCAL_DIR = tmp_path
    with subprocess.Popen(["/bin/true"]) as make:
        pass
    with pytest.raises(CommandError, match="has ended already"):
        call_command("run_local", f"--owner={make.pid}")
    assert list(tmp_path.iterdir()) == []
