"""Certificates of deletion: read by anybody who has the public key, written by nobody else."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING

import jwt
import pytest

from apps.operations.domain import certificates
from apps.operations.errors import CertificateNotOurs

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

CONTENT = {"company": {"slug": "acme"}, "removed": {"mongodb": {"tasks": 3}}}


def test_a_certificate_is_read_as_it_was_signed() -> None:
    assert certificates.read(certificates.sign(CONTENT)) == CONTENT


def test_whoever_has_the_public_key_alone_can_check_a_certificate() -> None:
    key = jwt.PyJWK(certificates.public_key() | {"alg": "EdDSA"})
    certificate = certificates.sign(CONTENT)

    assert json.loads(jwt.PyJWS().decode(certificate, key.key, algorithms=["EdDSA"])) == CONTENT
    assert jwt.get_unverified_header(certificate)["typ"] == "deletion-certificate"
    assert set(certificates.public_key()) == {"kty", "crv", "x"}
    assert len(urlsafe_b64decode(certificates.public_key()["x"] + "=")) == 32


def test_a_certificate_that_was_altered_is_not_ours() -> None:
    head, _, signature = certificates.sign(CONTENT).split(".")
    other = certificates.sign({"company": {"slug": "rival"}}).split(".")[1]

    for altered in (f"{head}.{other}.{signature}", f"{head}..{signature}", "", "no certificate"):
        with pytest.raises(CertificateNotOurs):
            certificates.read(altered)


def test_under_another_master_key_a_certificate_is_not_ours(settings: SettingsWrapper) -> None:
    certificate = certificates.sign(CONTENT)
    settings.MASTER_KEY = "another key of at least thirty-two characters"

    with pytest.raises(CertificateNotOurs):
        certificates.read(certificate)


def test_something_else_that_was_signed_with_the_key_is_no_certificate() -> None:
    key = certificates._private_key()
    token = jwt.PyJWS().encode(b"{}", key, algorithm="EdDSA", headers={"typ": "at+jwt"})

    with pytest.raises(CertificateNotOurs):
        certificates.read(token)
