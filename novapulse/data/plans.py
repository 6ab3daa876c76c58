"""How MongoDB would go about a command: its stages and the names of its indexes, never a value.

The command is asked about as it was sent, so the client here is a plain one: the company is in the filter already.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from pymongo import MongoClient

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ANSWER_MS: Final = 2_000
_BETWEEN: Final = " < "  # the stage on the left takes from the one on the right

# What of a command has to do with its plan; the rest belongs to its session and its time.
_ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "find": ("filter", "sort", "projection", "hint", "skip", "limit", "collation", "let"),
    "aggregate": ("pipeline", "cursor", "hint", "collation", "let"),
    "count": ("query", "hint", "skip", "limit", "collation"),
    "distinct": ("key", "query", "hint", "collation"),
}


def question(command: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give what to ask MongoDB about a command; None for one that is not asked about."""
    name = next(iter(command))
    parts = _ASKED.get(name)
    if parts is None:
        return None
    return {name: command[name], **{part: command[part] for part in parts if part in command}}


class Planner:
    """Asks MongoDB, over one connection of its own that opens with the first question."""

    def __init__(self, uri: str, *, application: str) -> None:
        """Take where MongoDB is."""
        self._uri, self._application = uri, application
        self._client: MongoClient[dict[str, Any]] | None = None
        os.register_at_fork(after_in_child=self._forget)

    def plan(self, question: Mapping[str, Any], *, database: str) -> str:
        """Give the plan in words, such as `LIMIT < FETCH < IXSCAN(by_company)`; raises what PyMongo raises."""
        if self._client is None:
            self._client = MongoClient(
                self._uri,
                appname=self._application,
                maxPoolSize=1,
                serverSelectionTimeoutMS=_ANSWER_MS,
                socketTimeoutMS=_ANSWER_MS,
            )
        answer = self._client[database].command(
            "explain", dict(question), verbosity="queryPlanner", maxTimeMS=_ANSWER_MS
        )
        return in_words(answer)

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
        self._forget()

    def _forget(self) -> None:
        self._client = None  # a child of a fork shares its parent's socket: it must not even close it


def in_words(answer: Mapping[str, Any]) -> str:
    """Put MongoDB's answer to `explain` into words."""
    planner = answer.get("queryPlanner")
    if planner is not None:
        return _BETWEEN.join(_stages(planner["winningPlan"]))
    stages = answer.get("stages", [])
    later = [next(iter(stage)) for stage in stages if "$cursor" not in stage]
    first = [stage["$cursor"] for stage in stages if "$cursor" in stage]
    return _BETWEEN.join([*reversed(later), *(in_words(each) for each in first)])


def _stages(node: Mapping[str, Any]) -> Iterator[str]:
    if "queryPlan" in node:
        yield from _stages(node["queryPlan"])
        return
    index = node.get("indexName")
    yield f"{node.get('stage', '?')}({index})" if index else str(node.get("stage", "?"))
    for below in (node["inputStage"],) if "inputStage" in node else node.get("inputStages", ()):
        yield from _stages(below)
