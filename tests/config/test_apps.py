"""The composition root."""

from __future__ import annotations

from typing import Any

from pymongo import ReadPreference

from config import apps
from novapulse.data import registry
from novapulse.data.mongo import MongoProvider
from novapulse.tenancy.client import ScopedMongoClient
from novapulse.tenancy.guard import TenancyGuard


def test_the_settings_reach_the_options(settings: Any) -> None:
    settings.MONGO_MAX_POOL_SIZE, settings.MONGO_MIN_POOL_SIZE = 9, 3
    settings.MONGO_MAX_IDLE_TIME_MS, settings.MONGO_SERVER_SELECTION_TIMEOUT = 4_000, 700
    settings.MONGO_SOCKET_TIMEOUT, settings.MONGO_READ_PREFERENCE = 8_000, "nearest"
    settings.SERVICE_NAME = "suite"
    options = apps.mongo_options()

    assert (options.max_pool_size, options.min_pool_size) == (9, 3)
    assert (options.max_idle_ms, options.server_selection_ms, options.socket_ms) == (4_000, 700, 8_000)
    assert (options.read_preference, options.application) == ("nearest", "suite")
    assert options.uri == settings.MONGO_URI


def test_the_settings_reach_the_options_of_sqs(settings: Any) -> None:
    settings.AWS_REGION, settings.AWS_ENDPOINT_URL, settings.SQS_TIMEOUT_MS = "us-east-2", "http://sqs.example", 900
    options = apps.sqs_options()

    assert (options.region, options.endpoint_url, options.answer_ms) == ("us-east-2", "http://sqs.example", 900)
    assert options.credentials == {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def test_every_command_is_scoped_and_listened_to() -> None:
    mongo: Any = registry.provider("mongodb")

    assert isinstance(mongo.client(), ScopedMongoClient)
    assert any(isinstance(listener, TenancyGuard) for listener in mongo.options.listeners)


def test_the_providers_are_known_by_name() -> None:
    assert [provider.name for provider in registry.providers()] == ["mongodb", "redis", "postgresql", "sqs"]
    assert all(provider.health().ok for provider in registry.providers())


def test_what_does_not_allow_for_staleness_is_read_from_the_primary_whatever_the_read_preference_is(
    settings: Any,
) -> None:
    settings.MONGO_READ_PREFERENCE = "secondary"
    provider = MongoProvider(apps.mongo_options(), client_class=apps.scoped_client)
    names = ("tasks", "projects", *settings.PLATFORM_COLLECTIONS)
    preferences = [provider.database()[name].read_preference for name in names]
    provider.close()

    assert all(preference == ReadPreference.PRIMARY for preference in preferences)
