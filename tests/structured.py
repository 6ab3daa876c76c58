"""A strict reader of structured fields (RFC 9651): lists of strings, whose parameters are integers and strings.

It follows the algorithms of section 4.2 and takes nothing that they do not.
"""

from __future__ import annotations

import re

_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_BETWEEN_MEMBERS = re.compile(r"[ \t]*,[ \t]*")


class NotAListError(ValueError):
    """The text is no list of strings with parameters."""


def read_list(text: str) -> dict[str, dict[str, int | str]]:
    """Give the members with their parameters; NotAListError where the text is no such list, or names a member twice."""
    members: dict[str, dict[str, int | str]] = {}
    at, text = 0, text.strip(" ")
    while at < len(text):
        name, at = _string(text, at)
        if name in members:
            raise NotAListError(name)
        members[name], at = _parameters(text, at)
        if at == len(text):
            break
        comma = _match(_BETWEEN_MEMBERS, text, at)
        at = comma.end()
        if at == len(text):
            raise NotAListError(text)
    return members


def _parameters(text: str, at: int) -> tuple[dict[str, int | str], int]:
    found: dict[str, int | str] = {}
    while text[at : at + 1] == ";":
        key = _match(_KEY, text, at + 1 + (text[at + 1 : at + 2] == " "))
        if text[key.end() : key.end() + 1] != "=":
            raise NotAListError(text)
        found[key[0]], at = _value(text, key.end() + 1)
    return found, at


def _value(text: str, at: int) -> tuple[int | str, int]:
    if text[at : at + 1] == '"':
        return _string(text, at)
    digits = _match(_INTEGER, text, at)
    return int(digits[0]), digits.end()


def _string(text: str, at: int) -> tuple[str, int]:
    quoted = _match(_STRING, text, at)
    return re.sub(r"\\(.)", r"\1", quoted[1]), quoted.end()


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if found is None:
        raise NotAListError(text[at:])
    return found
