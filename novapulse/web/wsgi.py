"""The WSGI application of a service whose answers are ready when they are returned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import WSGIHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class WholeAnswers(WSGIHandler):
    """Django's handler, which gives the body of an ordinary answer as a list of one.

    A server can send that at once; an iterator, which Django gives, it must ask for each piece, and each time the
    threads fight for the interpreter. A streaming response stays what it is.
    """

    def __call__(  # type: ignore[override]  # PEP 3333 asks for an iterable, Django's type for its response
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request."""
        response: Any = super().__call__(environ, start_response)
        if response.streaming:
            return response  # type: ignore[no-any-return]  # Django types its response as one thing, streaming or not
        body = [response.content]
        response.close()
        return body
