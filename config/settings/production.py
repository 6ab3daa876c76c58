"""Production: every secret given from outside, HTTPS only."""

from config.settings.base import *
from config.settings.stores import DOCUMENTS, cache, database
from novapulse import environ, keys
from novapulse.outgoing import destination

_LEAST_KEY_LENGTH = 32

if len(MASTER_KEY) < _LEAST_KEY_LENGTH:
    raise environ.MalformedVariable(
        "MASTER_KEY is required in production: at least 32 random characters, "
        "for example from `python -c 'import secrets; print(secrets.token_urlsafe(48))'`."
    )

for _name, _example in (
    ("PUBLIC_URL", "https://api.example.com"),
    ("EMAIL_FROM", "NovaPulse <no-reply@example.com>"),
    ("AWS_REGION", "eu-central-1"),
):
    if not environ.is_set(_name):
        raise environ.MalformedVariable(f"{_name} is required in production, for example {_name}={_example!r}.")

if WEBHOOK_ALLOWED_NETWORKS:
    raise environ.MalformedVariable(
        "WEBHOOK_ALLOWED_NETWORKS must not be set in production: webhooks would reach our own network."
    )
WEBHOOK_DESTINATIONS = destination.Policy(schemes=("https",))

SECRET_KEY = environ.Hidden(keys.subkey(MASTER_KEY, purpose="django").hex())
CACHES = {"default": cache(REDIS_URL)}
DATABASES = {"default": database(DATABASE_URL), "mongo": DOCUMENTS}

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # probes come from inside, over HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

SILENCED_SYSTEM_CHECKS += [
    "security.W003"
]  # CSRF: the API's credentials travel in a header; the admin's pages check it
