"""What may go wrong when somebody looks into the logs."""

from __future__ import annotations

from novapulse.errors import Conflict, NotFound


class NothingLogged(NotFound):
    """No line of the logs tells of it."""

    code = "nothing-logged"


class Ambiguous(Conflict):
    """Several requests begin like this."""

    code = "ambiguous-request"
