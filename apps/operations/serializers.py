"""What the routes of the operations app answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class OpenApiDocument(serializers.Serializer[Any]):
    """An OpenAPI document; https://spec.openapis.org/oas/v3.1.0 says what stands in it."""

    openapi = serializers.CharField()
    info = serializers.DictField()
    servers = serializers.ListField(child=serializers.DictField())
    tags = serializers.ListField(child=serializers.DictField())
    paths = serializers.DictField()
    components = serializers.DictField()
