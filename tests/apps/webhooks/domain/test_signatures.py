"""Secrets and signatures, checked by the package of those who wrote the standard."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from bson import ObjectId
from standardwebhooks import Webhook, WebhookVerificationError

from apps.tenants.documents import DataKey
from apps.tenants.domain import data_keys
from apps.webhooks.domain import signatures
from novapulse import clock
from novapulse.tenancy import scope
from tests import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper

BODY = json.dumps({"type": "task.created", "title": "Größe"}).encode()
ENDPOINT = ObjectId()


@pytest.fixture(autouse=True)
def _ours(database: object) -> Iterator[None]:
    """Work for a company."""
    company = people.company("ours")
    data_keys._kept.clear()
    with scope.company(company.id, location="DE"):
        yield


def headers(*secrets: str, body: bytes = BODY) -> dict[str, str]:
    now = clock.epoch_seconds()
    signed = signatures.header(secrets, message_id="abc", timestamp=now, body=body)
    return {"webhook-id": "abc", "webhook-timestamp": str(now), "webhook-signature": signed}


def test_an_independent_implementation_verifies_a_signature() -> None:
    secret = signatures.new_secret()

    assert Webhook(secret).verify(BODY, headers(secret)) == json.loads(BODY)


def test_a_body_that_was_altered_and_another_secret_are_refused() -> None:
    secret = signatures.new_secret()

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", headers(secret))
    with pytest.raises(WebhookVerificationError):
        Webhook(signatures.new_secret()).verify(BODY, headers(secret))


def test_either_of_two_secrets_verifies_what_both_have_signed() -> None:
    new, old = signatures.new_secret(), signatures.new_secret()
    both = headers(new, old)

    assert both["webhook-signature"].count("v1,") == 2
    assert Webhook(new).verify(BODY, both) == Webhook(old).verify(BODY, both)


def test_a_secret_is_long_and_marked() -> None:
    secret = signatures.new_secret()

    assert (secret[:6], len(b64decode(secret[6:]))) == ("whsec_", 32)
    assert secret != signatures.new_secret()


def test_a_secret_is_stored_sealed_and_opens_for_its_endpoint_alone() -> None:
    secret = signatures.new_secret()
    stored = signatures.stored(secret, endpoint_id=ENDPOINT, now=clock.now())

    assert secret.encode() not in bytes(stored["sealed"])
    assert signatures.live([stored], endpoint_id=ENDPOINT) == [secret]
    assert signatures.live([stored], endpoint_id=ObjectId()) == []


def test_another_master_key_opens_no_secret_and_keeps_none_from_being_opened(settings: SettingsWrapper) -> None:
    old = signatures.stored(signatures.new_secret(), endpoint_id=ENDPOINT, now=clock.now())
    settings.MASTER_KEY = "another key of at least thirty-two characters"
    secret = signatures.new_secret()
    new = signatures.stored(secret, endpoint_id=ENDPOINT, now=clock.now())

    assert signatures.live([old], endpoint_id=ENDPOINT) == []
    assert signatures.live([new, old], endpoint_id=ENDPOINT) == [secret]


def test_a_secret_is_sealed_under_the_key_of_its_company_and_gone_with_it() -> None:
    stored = signatures.stored(signatures.new_secret(), endpoint_id=ENDPOINT, now=clock.now())
    DataKey.collection().delete_many({})
    data_keys._kept.clear()

    assert signatures.live([stored], endpoint_id=ENDPOINT) == []


def test_a_secret_that_has_ended_signs_nothing() -> None:
    new, old = (signatures.stored(signatures.new_secret(), endpoint_id=ENDPOINT, now=clock.now()) for _ in range(2))
    stored = [new, {**old, "ends_at": clock.now() + timedelta(hours=24)}]

    before = signatures.live(stored, endpoint_id=ENDPOINT)
    with clock.shifted(timedelta(hours=24, seconds=1)):
        after = signatures.live(stored, endpoint_id=ENDPOINT)

    assert (len(before), after) == (2, before[:1])
