"""Whose address it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from novapulse.web.client_ip import client_ip

PEER = "10.0.0.1"


def seen(settings: Any, *, proxies: int, forwarded: str | None) -> str:
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=PEER))


def test_without_a_proxy_what_the_client_says_of_itself_counts_for_nothing(settings: Any) -> None:
    assert seen(settings, proxies=0, forwarded="1.2.3.4") == PEER
    assert seen(settings, proxies=0, forwarded=None) == PEER


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "1.2.3.4, 203.0.113.7", "203.0.113.7"),
        (2, "1.2.3.4, 203.0.113.7, 10.0.0.9", "203.0.113.7"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
    ],
)
def test_the_entry_that_the_outermost_proxy_of_ours_wrote_counts(
    settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    assert seen(settings, proxies=proxies, forwarded=forwarded) == address


@pytest.mark.parametrize("forwarded", [None, "", "unknown", "1.2.3.4, not-an-address", "203.0.113.7:80", "1.2.3.4,"])
def test_a_header_that_is_missing_or_malformed_leaves_the_peer(settings: Any, forwarded: str | None) -> None:
    assert seen(settings, proxies=1, forwarded=forwarded) == PEER


def test_a_header_with_too_few_entries_leaves_the_peer(settings: Any) -> None:
    assert seen(settings, proxies=2, forwarded="1.2.3.4") == PEER
