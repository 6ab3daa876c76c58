"""What can go wrong in operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable


class CertificateNotOurs(Invalid):
    """The certificate was altered, or MASTER_KEY was another one when it was signed."""

    code = "certificate-not-ours"


class NoSuchDeletion(NotFound):
    """No company that was deleted is called so."""

    code = "no-such-deletion"


class StillThere(Conflict):
    """Something of the company is left."""

    code = "still-there"

    def __init__(self, slug: str, places: Iterable[str], *, hidden: int) -> None:
        """Name the places where it is; hidden: dead letters that nobody could look at."""
        where = ", ".join(places)
        found = f" Found in {where}." if where else ""
        in_hands = f" {hidden} dead letters are in other hands for five minutes at most." if hidden else ""
        super().__init__(f"Not all of {slug} is deleted yet, so nothing was signed.{found}{in_hands} Run it again.")


class NotDeleted(Conflict):
    """The company was not deleted."""

    code = "not-deleted"
