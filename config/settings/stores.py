"""Django's own stores, out of their URLs."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from novapulse.data.redis import never
from novapulse.environ import Hidden

_CACHE_TIMEOUT_SECONDS = 0.05  # a Redis that is well answers in one hundredth of it
_CONNECT_SECONDS = 2


# Read through our own client and never written (novapulse.web.mongodb): nobody looks at the name, and the database of
# a test is the one that MONGO_URI names.
DOCUMENTS: Final = {"ENGINE": "novapulse.web.mongodb", "NAME": "documents", "TEST": {"MIRROR": "default"}}


def database(url: str) -> dict[str, Any]:
    """Give Django's description of the PostgreSQL database at `postgresql://user:password@host:port/name?option=value`.

    The options are libpq's, such as `sslmode=verify-full`.
    """
    parts = urlsplit(url)
    return {
        "ENGINE": "novapulse.web.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": Hidden(unquote(parts.password or "")),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": _CONNECT_SECONDS, **dict(parse_qsl(parts.query))},
    }


def cache(url: str) -> dict[str, Any]:
    """Give Django's description of a cache in Redis: JSON, never pickle; 50 ms and no retry."""
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "novapulse",
        "OPTIONS": {
            "REDIS_CLIENT_CLASS": "novapulse.data.told_redis.ToldRedis",
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_CONNECT_TIMEOUT": _CACHE_TIMEOUT_SECONDS,
            "SOCKET_TIMEOUT": _CACHE_TIMEOUT_SECONDS,
            "CONNECTION_POOL_KWARGS": {"retry": never(), "max_connections": 32},
            "IGNORE_EXCEPTIONS": True,
        },
    }
