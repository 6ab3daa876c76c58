"""The calls to AWS that find values: few, short, made while a process starts.

Fails closed, within 15 s at most: 2 s to connect, 5 s for an answer, one retry of what may pass. What cannot be done is
told in one line; no word of the answer is in it, since that could be the value.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

import boto3
from botocore import exceptions
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.client import BaseClient
    from types_boto3_kms.client import KMSClient
    from types_boto3_secretsmanager.client import SecretsManagerClient
    from types_boto3_ssm.client import SSMClient

    from novapulse.errors import Trouble

Client = TypeVar("Client", bound="BaseClient")

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 5.0
_ATTEMPTS: Final = 2

_DENIED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "UnrecognizedClientException",
    }
)
_NOT_SIGNED: Final = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
)


@dataclass(frozen=True, slots=True)
class AwsOptions:
    """Where AWS is. endpoint_url: empty for AWS itself. credentials: empty for boto3's own search."""

    region: str
    endpoint_url: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


class Aws:
    """Clients that hold no connection between two calls, so that a fork has none to share."""

    def __init__(self, options: AwsOptions) -> None:
        """Take the options; nothing is made yet."""
        self._options = options
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        )
        self._told: Mapping[str, Any] = {"endpoint_url": options.endpoint_url or None, "config": config}

    @cached_property
    def kms(self) -> KMSClient:
        """The client of KMS."""
        return self._session.client("kms", **self._told)

    @cached_property
    def ssm(self) -> SSMClient:
        """The client of the Parameter Store."""
        return self._session.client("ssm", **self._told)

    @cached_property
    def secretsmanager(self) -> SecretsManagerClient:
        """The client of Secrets Manager."""
        return self._session.client("secretsmanager", **self._told)

    @cached_property
    def _session(self) -> boto3.session.Session:
        return boto3.session.Session(
            aws_access_key_id=self._options.credentials.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=self._options.credentials.get("AWS_SECRET_ACCESS_KEY"),
            region_name=self._options.region,
        )


@contextmanager
def calling(client_of_aws: Callable[[], Client], *, right: str, refusal: Callable[[str], Trouble]) -> Iterator[Client]:
    """Give the block a client to call AWS by, and close its connections afterwards.

    right: the action that the call needs, such as kms:Decrypt. Raises what `refusal` makes of what was expected; what
    AWS answers besides not to be allowed or to be away stays a ClientError, for the caller to tell what it means.
    """
    try:
        client = client_of_aws()
    except (exceptions.BotoCoreError, ValueError) as error:
        expected = "AWS_REGION, AWS_ENDPOINT_URL and AWS_PROFILE to name what there is"
        raise refusal(f"{expected} ({type(error).__name__})") from error
    try:
        yield client
    except exceptions.ClientError as error:
        if code_of(error) in _DENIED:
            raise refusal(f"the right {right}, which AWS denies ({code_of(error)})") from error
        if _is_away(error):
            raise refusal(f"AWS to do {right}, which fails there ({code_of(error)})") from error
        raise
    except _NOT_SIGNED as error:
        raise refusal(f"credentials of AWS that allow {right}; there are none") from error
    except exceptions.BotoCoreError as error:
        where = client.meta.endpoint_url
        raise refusal(f"an answer to {right} from {where}; none came ({type(error).__name__})") from error
    finally:
        client.close()


def code_of(error: exceptions.ClientError) -> str:
    """Give AWS' word for what is wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _is_away(error: exceptions.ClientError) -> bool:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return status >= 500 or "Throttl" in code_of(error)  # noqa: PLR2004  HTTP's line between their fault and ours
