"""Asking a local web server whether it is there."""

from http.client import HTTPConnection, HTTPException

from novapulse.local.errors import NotReadyError
from novapulse.local.ports import HOST

_ANSWER_SECONDS = 2.0
_FIRST_REFUSAL = 400


def ask(port: int, *, path: str) -> None:
    """GET `path` from the server on `port`; raise NotReadyError unless it answers with success."""
    connection = HTTPConnection(HOST, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException) as error:
        raise NotReadyError(str(error)) from error
    finally:
        connection.close()
    if answer.status >= _FIRST_REFUSAL:
        raise NotReadyError(f"It answered {answer.status}.")
