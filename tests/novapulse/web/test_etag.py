"""Conditional requests."""

import pytest
from django.test import RequestFactory

from novapulse.web import etag
from novapulse.web.refusals import PreconditionFailed, PreconditionRequired


@pytest.mark.parametrize("header", ['"7"', 'W/"7"', '"6", "7"', '"6",W/"7"', "*", ' "7" '])
def test_a_version_that_the_client_has_is_unchanged(header: str) -> None:
    assert etag.unchanged(RequestFactory().get("/", headers={"If-None-Match": header}), version=7)


@pytest.mark.parametrize("header", ['"8"', "7", '"77"', '"7', "", '""', "nonsense, more"])
def test_a_version_that_the_client_has_not_is_sent(header: str) -> None:
    assert not etag.unchanged(RequestFactory().get("/", headers={"If-None-Match": header}), version=7)


def test_without_the_header_it_is_sent() -> None:
    assert not etag.unchanged(RequestFactory().get("/"), version=7)


@pytest.mark.parametrize("header", ['"7"', ' "7" '])
def test_if_match_names_the_version_that_is_expected(header: str) -> None:
    assert etag.expected_version(RequestFactory().patch("/", headers={"If-Match": header})) == 7


@pytest.mark.parametrize(
    "header", ["*", 'W/"7"', "7", '"7", "8"', "", '"-1"', '"\u0667"', '"' + "9" * 19 + '"', '"7"\n"8"']
)
def test_an_if_match_that_is_no_strong_etag_of_ours_is_stale(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        etag.expected_version(RequestFactory().patch("/", HTTP_IF_MATCH=header))


def test_without_if_match_it_is_asked_for() -> None:
    with pytest.raises(PreconditionRequired):
        etag.expected_version(RequestFactory().patch("/"))


def test_what_is_sent_is_what_is_expected_back() -> None:
    assert etag.expected_version(RequestFactory().patch("/", headers={"If-Match": etag.of(41)})) == 41
