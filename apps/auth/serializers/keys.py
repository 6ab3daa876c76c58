"""What the route of the public keys answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class PublicKey(serializers.Serializer[Any]):
    """A JWK (RFC 7517) of an Ed25519 key (RFC 8037)."""

    kty = serializers.ChoiceField(choices=["OKP"])
    crv = serializers.ChoiceField(choices=["Ed25519"])
    x = serializers.CharField()
    kid = serializers.CharField()
    alg = serializers.ChoiceField(choices=["EdDSA"])
    use = serializers.ChoiceField(choices=["sig"])


class PublicKeys(serializers.Serializer[Any]):
    """A JWK set."""

    keys = PublicKey(many=True)
