"""The only reader of environment variables: each call names one, its default, and one sentence of documentation.

Only `config.settings` calls these functions. What they were asked is kept in `variables()`, from which
`docs/configuration.md` is generated. A malformed value stops the process with one line.

A text that begins with one of `FORMS` stands for another one, which is encrypted in it or lies elsewhere: whoever
`resolve_with` was given finds it. What is found so, or secret, is `Hidden`: no line of ours quotes it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from novapulse.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

FORMS: Final = ("kms:", "sealed:", "ssm:", "secretsmanager:")  # docs/secrets.md

_HELD: Final = f"also {' '.join(f'`{form}`' for form in FORMS)} or a file's path in `{{name}}_FILE`"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})
_MOST_DIGITS = 15  # no duration, size or count of ours is longer; more is a slip of the hand
_SHOWN_CHARACTERS = 100
_DECIMAL = re.compile(r"\d(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable as documented: `kind` says how its text is read."""

    name: str
    kind: str
    default: str
    sentence: str


class MalformedVariable(SystemExit):
    """A variable that cannot be read: the process ends with this one line and exit code 1."""


class Hidden(str):
    """A text that shows itself to nobody who did not ask for it as such: no repr, so no traceback, has it."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show that there is one."""
        return "'...'" if self else "''"


_known: dict[str, Variable] = {}
_resolver: Callable[[str, str], str] | None = None


def resolve_with(resolver: Callable[[str, str], str]) -> None:
    """Have values of the known forms resolved from now on: by the variable's name and its text.

    What raises Trouble stops the process with its line. A variable that is read before cannot be of such a form.
    """
    global _resolver  # noqa: PLW0603  as the environment, it is the process's
    _resolver = resolver


def as_given(name: str) -> str | None:
    """Give the text of a variable as the operator has set it; None where it is not set."""
    return os.environ.get(name)  # noqa: TID251  the one reader


def all_given(form: str) -> list[str]:
    """List the texts of all variables that begin with a form, as they are given."""
    return [value for value in os.environ.values() if value.startswith(form)]  # noqa: TID251  the one reader


def variables() -> list[Variable]:
    """List every variable that was asked for, by name."""
    return sorted(_known.values(), key=lambda variable: variable.name)


def text(name: str, default: str, sentence: str, *, choices: tuple[str, ...] = ()) -> str:
    """Read a text, one of `choices` where any are given."""
    _note(name, kind=" or ".join(choices) or "text", default=default, sentence=sentence)
    value = _set(name)
    if value is None:
        return default
    if choices and value not in choices:
        raise _malformed(name, value=value, expected=f"one of {', '.join(choices)}", example=default)
    return value


def number(name: str, default: int, sentence: str) -> int:
    """Read a whole number >= 0."""
    return _parsed(name, kind="number", default=default, sentence=sentence, parse=_whole)


def share(name: str, default: float, sentence: str) -> float:
    """Read a share: a decimal number from 0 to 1."""
    return _parsed(name, kind="share from 0 to 1", default=default, sentence=sentence, parse=_part_of_one)


def milliseconds(name: str, default: int, sentence: str) -> int:
    """Read a duration as a whole number of milliseconds >= 0."""
    return _parsed(name, kind="milliseconds", default=default, sentence=sentence, parse=_whole)


def flag(name: str, default: bool, sentence: str) -> bool:  # noqa: FBT001  a flag's default is one
    """Read yes or no: 1, true, yes, on against 0, false, no, off."""
    return _parsed(name, kind="flag", default=default, sentence=sentence, parse=_yes_or_no)


def secret(name: str, default: str, sentence: str) -> str:
    """Read a secret from the variable, or from the file that `<NAME>_FILE` names. Its default is never documented."""
    _note(name, kind=f"secret ({_HELD.format(name=name)})", default="", sentence=sentence)
    return Hidden(_held(name, default=default))


def url(name: str, default: str, sentence: str, *, schemes: tuple[str, ...]) -> str:
    """Read the URL of a server, or the file that `<NAME>_FILE` names: it may hold a password, so it is never shown."""
    _note(name, kind=f"URL ({_HELD.format(name=name)})", default=default, sentence=sentence)
    value = _held(name, default=default)
    if not _is_url(value, schemes=schemes):
        expected = f"a URL that begins with {_alternatives(f'{scheme}://' for scheme in schemes)}"
        raise MalformedVariable(f"{name} cannot be read: expected {expected}, for example {name}={default}.")
    return Hidden(value)


def networks(name: str, sentence: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read networks such as 10.0.0.0/8, joined by commas; none where it is not set."""
    kind, none = "networks joined by commas", ""
    _note(name, kind=kind, default=none, sentence=sentence)
    value = _set(name) or none
    try:
        return tuple(ip_network(each.strip()) for each in value.split(",") if each.strip())
    except ValueError:  # its words quote the value
        raise _malformed(name, value=value, expected=kind, example="10.0.0.0/8,fd00::/8") from None


def is_set(name: str) -> bool:
    """Tell whether the operator has set the variable at all, itself or by a file."""
    return name in os.environ or f"{name}_FILE" in os.environ  # noqa: TID251  the one reader


def _note(name: str, *, kind: str, default: str, sentence: str) -> None:
    _known[name] = Variable(name, kind, default, sentence)


def _held(name: str, *, default: str) -> str:
    path = os.environ.get(f"{name}_FILE")  # noqa: TID251  the one reader
    if path is None:
        value = _set(name)
        return default if value is None else value
    try:
        return _resolved(name, Path(path).read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else "not a text file in UTF-8"
        expected = f"the path of a file that holds the value, for example {name}_FILE=/run/secrets/{name.lower()}"
        raise MalformedVariable(f"{name}_FILE={path!r} cannot be read ({reason}): expected {expected}.") from error


def _set(name: str) -> str | None:
    """Give the text of a variable, or what it stands for; None where it is not set."""
    value = as_given(name)
    return value and _resolved(name, value)


def _resolved(name: str, value: str) -> str:
    if not value.startswith(FORMS):
        return value
    if _resolver is None:
        raise MalformedVariable(f"{name} cannot be read: expected a plain value, since finding others needs it.")
    try:
        return Hidden(_resolver(name, value))
    except Trouble as trouble:
        raise MalformedVariable(trouble.detail) from None  # what it comes from may hold the value


def _parsed(name: str, *, kind: str, default: T, sentence: str, parse: Callable[[str], T]) -> T:
    _note(name, kind=kind, default=str(default).lower(), sentence=sentence)
    value = _set(name)
    if value is None:
        return default
    try:
        return parse(value)
    except ValueError as error:
        raise _malformed(name, value=value, expected=str(error), example=str(default).lower()) from error


def _whole(value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise ValueError("a whole number, 0 or more")
    if len(value) > _MOST_DIGITS:
        raise ValueError(f"a whole number of at most {_MOST_DIGITS} digits")
    return int(value)


def _part_of_one(value: str) -> float:
    if _DECIMAL.fullmatch(value) is None or not 0 <= float(value) <= 1:
        raise ValueError("a decimal number from 0 to 1")
    return float(value)


def _yes_or_no(value: str) -> bool:
    if value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ValueError("true or false")


def _is_url(value: str, *, schemes: tuple[str, ...]) -> bool:
    """Look at scheme, host and port; a list of hosts, as a replica set's URI has, only its driver can read."""
    try:
        parts = urlsplit(value)
        named = "," in parts.netloc or (parts.hostname and parts.port != 0)
    except ValueError:
        return False
    return bool(named) and parts.scheme in schemes and value.isprintable() and " " not in value


def _alternatives(words: Iterable[str]) -> str:
    return " or ".join(words)


def _malformed(name: str, *, value: str, expected: str, example: str) -> MalformedVariable:
    text_shown = value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "..."
    shown = "" if isinstance(value, Hidden) else f"={text_shown!r}"
    return MalformedVariable(f"{name}{shown} cannot be read: expected {expected}, for example {name}={example}.")
