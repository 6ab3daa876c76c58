"""Limits of the anonymous routes, of mail and of second factors, counted by django-ratelimit in Redis.

Closed to a stricter local limit: while Redis does not answer, each process counts by itself and allows a quarter. Then
Redis is left alone for a second, so that no request waits for it but the one that finds out (`Pause`).

Every request counts before anything is done for it, so that many at once are no way past a limit. One that comes too
late is refused before a password is looked at: a right one is answered like a wrong one, and costs no hashing.
"""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import TYPE_CHECKING, Final

from django_ratelimit.core import get_usage

from apps.auth import conf
from apps.auth.domain.identities import email_key
from novapulse.errors import TooMany
from novapulse.resilience.limiter import Limiter
from novapulse.resilience.pause import Pause
from novapulse.tenancy import scope
from novapulse.web.client_ip import client_ip

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest

    from apps.auth.conf import Rate

_HOME_NETWORK_BITS: Final = 64  # what one customer gets of IPv6 at the least (RFC 6177): its addresses are one caller's

redis_pause = Pause(conf.REDIS_LEFT_ALONE_SECONDS)
local_limiter = Limiter(conf.LOCAL_LIMITS_MOST_KEYS)


def limited(request: HttpRequest, *, group: str, rate: Rate, key: str) -> None:
    """Count this request, and refuse it where there were too many.

    group: what is counted, such as `login.address`. rate: how many in which window. key: whose requests count together.

    Raises TooMany with the seconds until a retry may succeed.
    """
    if not redis_pause.may_ask():
        _limited_locally(group=group, rate=rate, key=key)
        return
    usage = get_usage(
        request, group=group, key=lambda *_: key, rate=(rate.count, rate.window_seconds), method="POST", increment=True
    )
    if usage is None:  # the limits are switched off (RATELIMIT_ENABLE)
        return
    if usage["limit"] == 0:  # how django-ratelimit says that its cache did not answer: no limit of ours is 0
        redis_pause.failed()
        _limited_locally(group=group, rate=rate, key=key)
        return
    redis_pause.answered()
    if usage["should_limit"]:
        raise TooMany(retry_after_seconds=max(1, usage["time_left"]))


def by_address(request: HttpRequest, *, group: str, rate: Rate) -> None:
    """Limit by the address that the request comes from; raise TooMany."""
    limited(request, group=f"{group}.address", rate=rate, key=_origin(request))


def by_account(request: HttpRequest, *, group: str, rate: Rate, email: str) -> None:
    """Limit by the account that the request is about, whether there is one or not, from this address; raise TooMany.

    Account and address together: nobody locks a person out from elsewhere, and whoever is locked out locks out nobody
    else behind the same router.
    """
    limited(request, group=f"{group}.account", rate=rate, key=_hashed(f"{_origin(request)} {email_key(email)}"))


def by_mailbox(request: HttpRequest, *, group: str, rate: Rate, email: str) -> None:
    """Limit the mails to one address, whoever asks for them and whether it has an account or not; raise TooMany."""
    limited(request, group=f"{group}.mailbox", rate=rate, key=_hashed(email_key(email)))


def by_token(request: HttpRequest, *, group: str, rate: Rate, token: str) -> None:
    """Limit by the whole token that is shown, genuine or not: a forged one uses up nobody's limit; raise TooMany."""
    limited(request, group=f"{group}.token", rate=rate, key=_hashed(token))


def by_person(request: HttpRequest, *, group: str, rate: Rate, identity_id: ObjectId) -> None:
    """Limit by who asks, whichever of their sessions they use; raise TooMany."""
    limited(request, group=f"{group}.person", rate=rate, key=str(identity_id))


def by_invited(request: HttpRequest, *, email: str) -> None:
    """Limit the mails of the bound company to one address; raise TooMany. A try that MongoDB lets run again counts."""
    key = _hashed(f"{scope.current().company_id} {email_key(email)}")
    limited(request, group="invite.invited", rate=conf.INVITE_BY_INVITED, key=key)


def _limited_locally(*, group: str, rate: Rate, key: str) -> None:
    quota = max(1, rate.count // conf.LOCAL_LIMITS_DIVISOR)
    taken = local_limiter.take(f"{group} {key}", quota=quota, window_seconds=rate.window_seconds)
    if not taken.allowed:
        raise TooMany(retry_after_seconds=max(1, ceil(taken.retry_after_seconds)))


def _origin(request: HttpRequest) -> str:
    """Name the caller by the network that it holds: an IPv4 address, or the home network of an IPv6 address."""
    address = client_ip(request)
    try:
        ip = ip_address(address)
    except ValueError:  # a Unix socket has no address
        return address
    if not isinstance(ip, IPv6Address):
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip_network((ip, _HOME_NETWORK_BITS), strict=False))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
