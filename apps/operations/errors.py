"""What can go wrong in operations."""

from __future__ import annotations

from novapulse.errors import Conflict, Invalid, NotFound


class CertificateNotOurs(Invalid):
    """The certificate was altered, or MASTER_KEY was another one when it was signed."""

    code = "certificate-not-ours"


class NoSuchDeletion(NotFound):
    """No company that was deleted is called so."""

    code = "no-such-deletion"


class NotDeleted(Conflict):
    """The company was not deleted."""

    code = "not-deleted"
