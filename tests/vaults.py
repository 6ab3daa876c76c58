"""Values at the run's AWS endpoint, each under a name of its own: it is shared, and outlives a test."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import uuid4

from django.conf import settings

from novapulse.local.aws import CREDENTIALS, REGION
from novapulse.vault.aws import Aws, AwsOptions
from novapulse.vault.vault import Vault

ENVIRONMENT = "suite"


def options(*, endpoint: str = "") -> AwsOptions:
    """Say where AWS is."""
    return AwsOptions(region=REGION, endpoint_url=endpoint or settings.AWS_ENDPOINT_URL, credentials=CREDENTIALS)


@lru_cache(maxsize=1)
def aws() -> Aws:
    """Give the clients: to make one costs more than to call it."""
    return Aws(options())


def vault(**others: Any) -> Vault:
    """Make what opens values."""
    return Vault(**{"environment": ENVIRONMENT, "aws": aws(), **others})


@lru_cache(maxsize=1)
def kms_key() -> str:
    """Give a key of KMS, by its ARN."""
    return aws().kms.create_key()["KeyMetadata"]["Arn"]


def parameter(value: str) -> str:
    """Put a SecureString; gives the text that stands for it."""
    path = f"/suite/{uuid4().hex}"
    aws().ssm.put_parameter(Name=path, Value=value, Type="SecureString")
    return f"ssm:{path}"


def secret(value: str | bytes) -> str:
    """Put a secret; gives the text that stands for it."""
    name = f"suite/{uuid4().hex}"
    kind = "SecretString" if isinstance(value, str) else "SecretBinary"
    aws().secretsmanager.create_secret(Name=name, **{kind: value})  # type: ignore[arg-type]  # one of two
    return f"secretsmanager:{name}"
