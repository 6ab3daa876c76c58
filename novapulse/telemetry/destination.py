"""Where telemetry goes, as a shipper sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from novapulse.telemetry.ring import Item


class NotSent(Exception):  # noqa: N818  a fact, which need not be a mistake
    """Nothing of a batch was taken: it may be sent again without doubt."""


class Unacceptable(Exception):  # noqa: N818  as above
    """The place has read a batch and will never take it."""


class Destination(Protocol):
    """Where batches go. Only the shipper's thread calls it, and every call of it must end in seconds."""

    def open(self) -> None:
        """Make sure that it is there, before the first batch and after each failure; doing it twice does no harm."""

    def send(self, batch: Sequence[Item]) -> Sequence[Item]:
        """Send a batch; give those of it that the place refuses for good.

        Raises NotSent where surely nothing was taken, Unacceptable where none of it ever will be; after any other error
        the batch is sent again and counted as in doubt.
        """
        ...

    def forget(self) -> None:
        """Let go of connections without closing them: they are those of the parent of a fork."""
