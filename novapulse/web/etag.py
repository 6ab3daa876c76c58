"""Conditional requests (RFC 9110, section 13): strong ETags made from a resource's version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.http import HttpResponse

from novapulse.web.refusals import PreconditionFailed, PreconditionRequired

if TYPE_CHECKING:
    from django.http import HttpRequest

_STRONG = re.compile(r'"(\d{1,18})"', re.ASCII)
_ANY = "*"


def of(version: int) -> str:
    """Give the ETag of a version."""
    return f'"{version}"'


def unchanged(request: HttpRequest, *, version: int) -> bool:
    """Tell whether If-None-Match names this version (compared weakly, as the RFC wants), so that 304 is the answer."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if header is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return _ANY in tags or of(version) in tags


def not_modified(version: int) -> HttpResponse:
    """Answer 304: what the client has is what there is."""
    response = HttpResponse(status=304, headers={"ETag": of(version)})
    del response.headers["Content-Type"]
    return response


def expected_version(request: HttpRequest) -> int:
    """Read the one version that If-Match names.

    Raises PreconditionRequired (428) without the header, PreconditionFailed (412) where it names no strong ETag of
    ours: `*` would be no promise about what the client has read.
    """
    header = request.META.get("HTTP_IF_MATCH")
    if header is None:
        raise PreconditionRequired
    match = _STRONG.fullmatch(header.strip())
    if match is None:
        raise PreconditionFailed
    return int(match.group(1))
