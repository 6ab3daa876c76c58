"""Where telemetry goes, as a shipper sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from novapulse.telemetry.ring import Item

_OURS: Final = "novapulse."


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


def reason_of(error: Exception) -> str:
    """Give the class and the code of an error; others' messages may name an account, a host or a credential."""
    kind = type(error)
    code = str(error) if kind.__module__.startswith(_OURS) else _code_of_aws(error)
    return f"{kind.__name__} {code}".rstrip()


def _code_of_aws(error: Exception) -> str:
    response = getattr(error, "response", None)  # of botocore's ClientError; of others' errors it may be anything
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
