"""One line that is too long for where it goes, made shorter and still JSON."""

from __future__ import annotations

import json
from typing import Any, Final

_OF_A_FIELD: Final = 4  # quotation marks, colon, comma
_OF_ALL: Final = 64  # braces, and the mark that it was cut
_WORST_ESCAPE: Final = 2  # a quotation mark or backslash becomes two characters; JSON of ours is ASCII


def cut(line: str, *, most_bytes: int) -> str:
    """Give an object in one line of ASCII: the short fields whole, the first that is too long in part, `is_cut`.

    A line that is no JSON object becomes the field `text` of one.
    """
    fields = {name: json.dumps(value) for name, value in _fields(line).items()}
    kept: dict[str, Any] = {}
    left = most_bytes - _OF_ALL
    for name, value in sorted(fields.items(), key=_length):
        left -= len(json.dumps(name)) + _OF_A_FIELD
        if len(value) > left:
            kept[name] = value[: max(0, left // _WORST_ESCAPE)]
            break
        kept[name] = json.loads(value)
        left -= len(value)
    return json.dumps({**{name: kept[name] for name in fields if name in kept}, "is_cut": True})


def _fields(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return {"text": line}
    return fields if isinstance(fields, dict) else {"text": line}


def _length(field: tuple[str, str]) -> int:
    return len(field[0]) + len(field[1])
