"""MongoDB and Redis taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches

from apps.auth.views import limits as limiting
from config.settings.stores import cache
from tests import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper


@pytest.fixture(autouse=True)
def _nothing_counted_here() -> Iterator[None]:
    """Let this process have counted nothing by itself, and take Redis for well, before each test and after it."""
    _forget_counts()
    yield
    _forget_counts()


def _forget_counts() -> None:
    limiting.local_limiter.clear()
    limiting.redis_pause.answered()


@pytest.fixture
def limits(settings: SettingsWrapper) -> Iterator[None]:
    """Turn the limits on, with nothing counted yet."""
    settings.RATELIMIT_ENABLE = True
    caches["default"].clear()
    yield
    caches["default"].clear()


@pytest.fixture
def exact_limits(limits: None, settings: SettingsWrapper) -> None:
    """As `limits`; Redis has the time that many threads take on a busy machine, so that none is counted elsewhere."""
    # In the URL: django-redis keeps one pool for each, whatever its options.
    settings.CACHES = {"default": cache(f"{settings.REDIS_URL}?socket_timeout=10&socket_connect_timeout=10")}


@pytest.fixture
def redis_refused(settings: SettingsWrapper) -> None:
    """Let nobody answer where Redis should be; limits are on."""
    settings.RATELIMIT_ENABLE = True
    settings.CACHES = {"default": cache(f"redis://127.0.0.1:{faults.refusing_port()}/0")}


@pytest.fixture
def redis_hung(settings: SettingsWrapper) -> Iterator[None]:
    """Let a server that never says a word be where Redis should be; limits are on."""
    with faults.black_hole() as port:
        settings.RATELIMIT_ENABLE = True
        settings.CACHES = {"default": cache(f"redis://127.0.0.1:{port}/0")}
        yield


@pytest.fixture
def mongo_refused(settings: SettingsWrapper) -> Iterator[None]:
    """Let nobody answer where MongoDB should be, till the end of the test; requests have half a second."""
    settings.REQUEST_TIMEOUT_MS = 500
    from config import apps as wiring  # noqa: PLC0415  once the apps are ready
    from novapulse.data import registry  # noqa: PLC0415  as above
    from novapulse.data.mongo import MongoProvider  # noqa: PLC0415  as above
    from novapulse.tenancy import document  # noqa: PLC0415  as above

    real = registry.provider("mongodb")
    uri = f"mongodb://127.0.0.1:{faults.refusing_port()}/nowhere?replicaSet=rs0"
    options = replace(wiring.mongo_options(), uri=uri, server_selection_ms=300)
    away = MongoProvider(options, client_class=wiring.scoped_client)
    registry.register(away)
    document.use_database(away.database)
    yield
    registry.register(real)
    document.use_database(real.database)
    away.close()
