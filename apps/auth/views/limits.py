"""Limits of the anonymous routes and of mail, counted by django-ratelimit in Redis: by client, account, token.

Fails open: without Redis people still sign in (RATELIMIT_FAIL_OPEN, and a cache that ignores its errors).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django_ratelimit.core import get_usage

from apps.auth import conf
from apps.auth.domain.identities import email_key
from novapulse.errors import TooMany
from novapulse.tenancy import scope
from novapulse.web.client_ip import client_ip

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.auth.conf import Rate


def limited(request: HttpRequest, *, group: str, rate: Rate, key: str) -> None:
    """Count this request, and refuse it where there were too many.

    group: what is counted, such as `login.address`. rate: how many in which window. key: whose requests count together.

    Raises TooMany with the seconds until the window ends.
    """
    usage = get_usage(
        request, group=group, key=lambda *_: key, rate=(rate.count, rate.window_seconds), method="POST", increment=True
    )
    if usage is not None and usage["should_limit"]:
        raise TooMany(retry_after_seconds=max(1, usage["time_left"]))


def by_address(request: HttpRequest, *, group: str, rate: Rate) -> None:
    """Limit by the address that the request comes from; raise TooMany."""
    limited(request, group=f"{group}.address", rate=rate, key=client_ip(request))


def by_account(request: HttpRequest, *, group: str, rate: Rate, email: str) -> None:
    """Limit by the account that the request is about, whether there is one or not; raise TooMany."""
    limited(request, group=f"{group}.account", rate=rate, key=_hashed(email_key(email)))


def by_token(request: HttpRequest, *, group: str, rate: Rate, token: str) -> None:
    """Limit by the whole token that is shown, genuine or not: a forged one uses up nobody's limit; raise TooMany."""
    limited(request, group=f"{group}.token", rate=rate, key=_hashed(token))


def by_invited(request: HttpRequest, *, email: str) -> None:
    """Limit the mails of the bound company to one address; raise TooMany. A try that MongoDB lets run again counts."""
    key = _hashed(f"{scope.current().company_id} {email_key(email)}")
    limited(request, group="invite.invited", rate=conf.INVITE_BY_INVITED, key=key)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
