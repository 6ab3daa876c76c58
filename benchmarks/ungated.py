"""The service without its gate, for the gate's cost: tokens are verified as ever, and no store is asked about them."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")  # noqa: TID251  Django's own switch
from django.conf import settings

GATE = ("TokenRevocationMiddleware", "TenantRateLimitMiddleware")
settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith(GATE)]
django.setup(set_prefix=False)

from apps.auth.authentication import AccessTokenAuthentication
from apps.auth.domain import users
from novapulse.web.wsgi import WholeAnswers

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.auth.domain.users import User


def _authenticate(_self: AccessTokenAuthentication, request: HttpRequest) -> tuple[User, object]:
    user = users.of(request.META["HTTP_AUTHORIZATION"])
    return user, user.credential


AccessTokenAuthentication.authenticate = _authenticate
application = WholeAnswers()

# As in config.wsgi.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 10, 100)
