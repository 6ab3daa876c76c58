"""Record what commands print, for docs/commands.md: `.venv/bin/python -m tests.recording`, then `make docs`.

It serves NovaPulse with the demo company on servers of its own, asks a few requests, and types the command lines of
`tests/command_lines.py` one after the other. What they print goes to docs/examples/commands as it came: only passwords
are crossed out, and the folder is named as it is on everybody's machine.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from novapulse.local.ports import free_port
from tests.command_lines import LINES, UNTIL_STOPPED, World

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
EXAMPLES: Final = ROOT / "docs" / "examples" / "commands"
_READY: Final = "NovaPulse is ready"
_LONG_ENOUGH_SECONDS: Final = 5.0  # for a command that runs until it is stopped to say what it says
_OF_THE_LOG: Final = re.compile(r"\d\d:\d\d:\d\d")
_PASSWORD: Final = re.compile(r"(?<=, password )\S+$", re.MULTILINE)


def main() -> None:
    """Record all of it anew."""
    with tempfile.TemporaryDirectory(prefix="novapulse-recording-") as folder, _served(Path(folder)) as world:
        told: dict[str, list[str]] = defaultdict(list)
        told["run_local"].append(_transcript("run_local", "".join(world.said), code=0, folder=Path(folder)))
        for line in LINES:
            typed = line(world) if callable(line) else line
            print(f"manage.py {typed}", flush=True)  # noqa: T201  whoever records watches
            output, code = world.typed(typed, seconds=_LONG_ENOUGH_SECONDS if typed in UNTIL_STOPPED else None)
            told[typed.split()[0]].append(_transcript(typed, output, code=code, folder=Path(folder)))
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    for old in EXAMPLES.glob("*.txt"):
        old.unlink()
    for name, transcripts in told.items():
        (EXAMPLES / f"{name}.txt").write_text("\n".join(transcripts), encoding="utf-8")


def _transcript(typed: str, output: str, *, code: int, folder: Path) -> str:
    text = _PASSWORD.sub("********", output).replace(str(folder), ".local").replace(str(ROOT), "/srv/novapulse")
    lines = [each.rstrip() for each in text.strip().splitlines()]
    ended = [f"(exit code {code})"] if code else []
    return "\n".join([f"$ manage.py {typed.replace(str(folder), '.local')}", *lines, *ended]) + "\n"


@contextmanager
def _served(folder: Path) -> Iterator[World]:
    """Serve the demo company from this folder."""
    port = free_port()
    environment = {**os.environ, "LOCAL_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings.local"}  # noqa: TID251  handed on whole, not read
    environment["SECRETS_KEY_FILE"] = str(folder / "key")
    argv = [sys.executable, str(ROOT / "manage.py"), "run_local", "--port", str(port)]
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603  our own command
        assert process.stdout is not None
        said = []
        try:
            for line in process.stdout:
                said.append(line)
                if line.startswith(_READY):
                    break
            given = {"secrets encrypt": "swordfish-and-chips"}
            yield World(folder=folder, port=port, said=said, typed=_Shell(environment, given), given=given)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


class _Shell:
    """Type commands as an operator does."""

    def __init__(self, environment: dict[str, str], given: dict[str, str]) -> None:
        self._environment, self._given = environment, given

    def __call__(self, typed: str, *, seconds: float | None = None) -> tuple[str, int]:
        argv = [sys.executable, str(ROOT / "manage.py"), *shlex.split(typed)]
        with subprocess.Popen(  # noqa: S603  command lines of ours
            argv,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        ) as process:
            given = next((text for start, text in self._given.items() if typed.startswith(start)), "")
            if seconds is not None:
                time.sleep(seconds)
                process.send_signal(signal.SIGTERM)
            output, besides = process.communicate(given)
            return output + "".join(_said(besides)), process.returncode

    def json(self, typed: str) -> Any:
        output, _ = self(f"{typed} --json")
        return json.loads(output)


def _said(besides: str) -> list[str]:
    """Leave out of the standard error what is the log's."""
    return [line for line in besides.splitlines(keepends=True) if _OF_THE_LOG.match(line) is None]


if __name__ == "__main__":
    main()
