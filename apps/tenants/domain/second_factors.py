"""Who has a second factor: asked here, answered by the auth app, which stands above this one.

`config.apps` puts the two together, as it gives the library its stores. Until then, and so without it, nobody has one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bson import ObjectId

    Answer = Callable[[ObjectId], bool]


def _nobody(identity_id: ObjectId) -> bool:  # noqa: ARG001  whoever it is
    return False


_answer: Answer = _nobody


def use(answer: Answer) -> None:
    """Say who knows whether a person, by the id of their identity, has a second factor."""
    global _answer  # noqa: PLW0603  a process has one composition root
    _answer = answer


def has_one(identity_id: ObjectId) -> bool:
    """Tell whether a person has a second factor."""
    return _answer(identity_id)
