"""What else ends with a member of staff's access: asked here, done by apps above, which this one does not know.

`config.apps` puts them together, as it gives the tenants app its answer about second factors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    End = Callable[[str], object]

_ends: list[End] = []


def also_end(end: End) -> None:
    """Say what is to be ended: called with the account of whoever is shut out, or gets another sign-in."""
    _ends.append(end)


def end_all_of(account: str) -> None:
    """End it all. Raises what that raises: then it can be done again."""
    for end in _ends:
        end(account)
