"""The WSGI application of a service whose answers are ready when they are returned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.handlers.wsgi import WSGIHandler

from novapulse.web import body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.core.handlers.wsgi import WSGIRequest
    from django.http.response import HttpResponseBase

_MOST_TAKEN_IN_BYTES: Final = body.MAX_BYTES  # so whatever the API takes, files aside, can be refused in peace
_PIECE_BYTES: Final = 64 * 1024
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})  # health among them, where no thread may wait for anybody


class WholeAnswers(WSGIHandler):
    """Django's handler, which gives the body of an ordinary answer as a list of one.

    A server can send that at once; an iterator, which Django gives, it must ask for each piece, and each time the
    threads fight for the interpreter. A streaming response stays what it is.

    No answer leaves a part of its request unread without saying so: the server must then close the connection, often
    after an answer that let it stay, and the next request is lost. So what is left of a body is taken in; where that
    is too much the answer says `Connection: close` (RFC 9112, section 9.6), though PEP 3333 leaves this to servers.
    """

    def __call__(  # type: ignore[override]  # PEP 3333 asks for an iterable, Django's type for its response
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request."""
        response: Any = super().__call__(environ, start_response)
        if response.streaming:
            return response  # type: ignore[no-any-return]  # Django types its response as one thing, streaming or not
        whole = [response.content]
        response.close()
        return whole

    def get_response(self, request: WSGIRequest) -> HttpResponseBase:  # type: ignore[override]  # it is never another
        """Answer a request, and leave nothing of it unread on a connection that stays."""
        incoming: Any = request._stream  # noqa: SLF001  Django puts another in its place when the body is read
        response = super().get_response(request)
        if _leaves_unread(request.META, incoming):
            response["Connection"] = "close"
        return response


def _leaves_unread(environ: dict[str, Any], incoming: Any) -> bool:  # noqa: ANN401  the stubs lack what is used of it
    """Take in what is left of a body, waiting for it as whoever reads one does; tell whether some is left even so."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return True  # Django reads nothing of what has no length
    left: int = incoming.limit - incoming._pos  # noqa: SLF001  the server would be asked over its event loop
    if left <= 0:
        return False
    if left > _MOST_TAKEN_IN_BYTES or environ["REQUEST_METHOD"] in _WITHOUT_BODY or "HTTP_EXPECT" in environ:
        return True
    while left > 0 and (piece := incoming.read(min(left, _PIECE_BYTES))):
        left -= len(piece)
    return left > 0
