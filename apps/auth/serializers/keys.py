"""What the route of the public keys answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from apps.auth.enums import Algorithm


class Ed25519PublicKey(serializers.Serializer[Any]):
    """A JWK (RFC 7517) of an Ed25519 key (RFC 8037)."""

    kty = serializers.ChoiceField(choices=["OKP"])
    crv = serializers.ChoiceField(choices=["Ed25519"])
    x = serializers.CharField()
    kid = serializers.CharField()
    alg = serializers.ChoiceField(choices=[Algorithm.EDDSA.value])
    use = serializers.ChoiceField(choices=["sig"])


class RsaPublicKey(serializers.Serializer[Any]):
    """A JWK (RFC 7517) of an RSA key (RFC 7518, 6.3)."""

    kty = serializers.ChoiceField(choices=["RSA"])
    n = serializers.CharField()
    e = serializers.CharField()
    kid = serializers.CharField()
    alg = serializers.ChoiceField(choices=[Algorithm.RS256.value])
    use = serializers.ChoiceField(choices=["sig"])


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="PublicKey", serializers=[Ed25519PublicKey, RsaPublicKey], resource_type_field_name=None
    )
)
class _AnyPublicKey(serializers.DictField):
    """A key of either kind."""


class PublicKeys(serializers.Serializer[Any]):
    """A JWK set: the keys that verify tokens, which are the next, the current and the previous ones."""

    keys = serializers.ListField(child=_AnyPublicKey())
