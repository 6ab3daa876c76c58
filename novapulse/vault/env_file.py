"""A file of variables, as shells, systemd and Docker read it: lines NAME=value, of which some values are encrypted."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from novapulse.errors import Invalid
from novapulse.vault import envelope, key_file

if TYPE_CHECKING:
    from collections.abc import Callable

ENCRYPTED: Final = (envelope.FORM, key_file.FORM)
_LINE: Final = re.compile(
    r"""(?P<before>\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)=(?P<quote>["']?))(?P<value>[^\s"'#]*)(?P<after>(?P=quote)\s*)""",
    re.ASCII,
)
_ALMOST: Final = re.compile(rf"""[^#=]*=\s*["']?({"|".join(ENCRYPTED)})""")


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable of the file, with its text as given there."""

    name: str
    value: str

    @property
    def is_encrypted(self) -> bool:
        """Tell whether the text is of a form that holds the value itself, encrypted."""
        return self.value.startswith(ENCRYPTED)


class EnvFile:
    """The file's lines; every one that is not changed stays as it is, to the byte."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises Invalid where it cannot be read, or has an encrypted value in a line that has more."""
        self._path = path
        try:
            self._path = path.resolve(strict=True)  # a link stays one
            self._lines = self._path.read_bytes().decode().splitlines(keepends=True)
        except (OSError, ValueError, RuntimeError):
            raise Invalid(f"{path} cannot be read: expected a file of lines NAME=value in UTF-8.") from None
        for number, line in enumerate(self._lines, start=1):
            if _LINE.fullmatch(line) is None and _ALMOST.match(line):
                raise Invalid(f"{path} cannot be read in line {number}: expected NAME=value alone.")

    def settings(self) -> list[Setting]:
        """List its variables in their order."""
        found = map(_LINE.fullmatch, self._lines)
        return [Setting(each["name"], each["value"]) for each in found if each]

    def write(self, new_value: Callable[[Setting], str]) -> None:
        """Replace the file by one with these values, at once and with its mode and owner. Raises Invalid.

        A value that has a blank or a quote in it would be read as another one: it is refused.
        """
        text = "".join(_rewritten(line, new_value) for line in self._lines)
        try:
            self._replace(text.encode())
        except OSError as error:
            raise Invalid(f"{self._path} cannot be written ({error.strerror}); nothing was changed.") from None

    def _replace(self, content: bytes) -> None:
        now = self._path.stat()
        descriptor, draft = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchown(file.fileno(), now.st_uid, now.st_gid)
                os.fchmod(file.fileno(), now.st_mode & 0o7777)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(self._path)
        except BaseException:
            Path(draft).unlink()
            raise


def _rewritten(line: str, new_value: Callable[[Setting], str]) -> str:
    found = _LINE.fullmatch(line)
    if found is None:
        return line
    value = new_value(Setting(found["name"], found["value"]))
    if re.search(r"""[\s"'#$\\`]""", value) and value != found["value"]:
        raise Invalid(f"The new value of {found['name']} cannot stand in such a file: it has a blank or a quote.")
    return f"{found['before']}{value}{found['after']}"
