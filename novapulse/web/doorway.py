"""Load shedding in front of Django: a refusal that costs next to nothing, or refusing would itself be the load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from novapulse import context
from novapulse.errors import Overloaded
from novapulse.resilience import precedence
from novapulse.web import problems, rendering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from novapulse.resilience.shedding import Door

    Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_STATUS: Final = "503 Service Unavailable"
_ANY_ID: Final = "id-of-the-request"  # stands in the document where the id of each request comes


class Doorway:
    """A WSGI application that lets requests in by a door, and refuses the others with 503 `overloaded`.

    Fails closed: what is refused was not begun, so a retry is safe. What leaves no
    places free (None) is let in whatever the crowd.
    """

    def __init__(self, application: Application, *, door: Door, left_free_by: Callable[[str, str], int | None]) -> None:
        """Take what is behind the door, and what tells from method and path how many places to leave free."""
        self._application = application
        self._door = door
        self._left_free_by = left_free_by
        with context.within(context.trail_of(_ANY_ID)):
            self._body = rendering.encode(problems.document(Overloaded()))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Let the request in, or refuse it."""
        precedence.work()
        leaving = self._left_free_by(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if leaving is None:
            return self._application(environ, start_response)
        try:
            self._door.enter(leaving=leaving)
        except Overloaded:
            return self._refuse(environ, start_response)
        try:
            return self._application(environ, start_response)
        finally:
            self._door.leave()

    def _refuse(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request_id = context.request_id_of(environ.get("HTTP_X_REQUEST_ID", ""))
        body = self._body.replace(_ANY_ID.encode(), request_id.encode())
        headers = [
            ("Content-Type", problems.PROBLEM_JSON),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Retry-After", str(Overloaded.retry_after_seconds)),
            ("X-Request-ID", request_id),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if _has_body(environ):  # no thread may wait for it here, and what is unread ends its connection: say so
            start_response(_STATUS, [*headers, ("Connection", "close")])
            return [body]
        start_response(_STATUS, headers)
        return self._answered_and_resting(body) if self._door.may_rest() else [body]

    def _answered_and_resting(self, body: bytes) -> Iterator[bytes]:
        """Give the body, which its length tells to be whole; whoever asks for more has sent it, and rests."""
        yield body
        self._door.rest()


def _has_body(environ: dict[str, Any]) -> bool:
    """Tell whether a body may come, which holds up its connection until this thread is done with the request."""
    return environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ
