"""Troubles that only HTTP has: what is wrong with the message rather than with what it asks for."""

from __future__ import annotations

from typing import ClassVar

from novapulse.errors import Conflict, Invalid


class MalformedBody(Invalid):
    """The body is not the JSON that this route reads."""

    code = "malformed-body"


class MethodNotAllowed(Invalid):
    """The method is not one that this route knows."""

    code = "method-not-allowed"
    status: ClassVar[int] = 405

    def __init__(self, *, allowed: tuple[str, ...]) -> None:
        """Take the methods that the route knows."""
        super().__init__()
        self.allowed = allowed


class LengthRequired(Invalid):
    """Send the body with a Content-Length; chunked bodies are not taken."""

    code = "length-required"
    status: ClassVar[int] = 411


class BodyTooLarge(Invalid):
    """The body is larger than this route takes."""

    code = "body-too-large"
    status: ClassVar[int] = 413


class UnknownHost(Invalid):
    """The Host that the request names is not one of ours."""

    code = "unknown-host"


class UnsupportedMediaType(Invalid):
    """Send the body as application/json, in UTF-8 and without a content coding."""

    code = "unsupported-media-type"
    status: ClassVar[int] = 415


class PreconditionRequired(Invalid):
    """Send If-Match with the ETag that you have read, so that nobody's change is lost."""

    code = "precondition-required"
    status: ClassVar[int] = 428


class PreconditionFailed(Conflict):
    """The resource has changed since you read it; read it again."""

    code = "precondition-failed"
    status: ClassVar[int] = 412


class IdempotencyKeyReused(Invalid):
    """The Idempotency-Key was used with another request."""

    code = "idempotency-key-reused"
    status: ClassVar[int] = 422


class IdempotencyKeyInFlight(Conflict):
    """A request with this Idempotency-Key is being worked on; ask again in a moment."""

    code = "idempotency-key-in-flight"
