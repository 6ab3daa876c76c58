"""How values of variables are found that are encrypted or lie at AWS (docs/secrets.md), and what finding them needs."""

from __future__ import annotations

from typing import Final

from novapulse import environ
from novapulse.vault.aws import Aws, AwsOptions
from novapulse.vault.lookups import PARAMETER
from novapulse.vault.vault import Vault

_LOCAL: Final = "local"
NO_AWS: Final = "http://127.0.0.1:5000"  # AWS itself is never what a developer's machine talks to

ENVIRONMENT = environ.text(
    "ENVIRONMENT",
    _LOCAL,
    "Which environment this is; shown in logs. Encrypted values open in the one alone that they were encrypted for.",
)
AWS_ENDPOINT_URL = environ.text(
    "AWS_ENDPOINT_URL", "", "Where AWS is, when it is not AWS itself: an endpoint such as http://127.0.0.1:5000."
)
AWS_REGION = environ.text(
    "AWS_REGION",
    "eu-central-1",
    "Region of AWS in which our queues are, and the values that lie at AWS; required in production.",
)
SECRETS_KEY_FILE = environ.text(
    "SECRETS_KEY_FILE",
    "",
    "File of the key that opens values such as sealed:..., its owner's alone (mode 600); `manage.py secrets keygen` "
    "makes one.",
)


def _aws() -> AwsOptions:
    if ENVIRONMENT != _LOCAL:
        return AwsOptions(region=AWS_REGION, endpoint_url=AWS_ENDPOINT_URL)
    from novapulse.local.aws import CREDENTIALS  # noqa: PLC0415  no other environment has use for it

    return AwsOptions(region=AWS_REGION, endpoint_url=AWS_ENDPOINT_URL or NO_AWS, credentials=CREDENTIALS)


VAULT = Vault(
    environment=ENVIRONMENT,
    aws=Aws(_aws()),
    key_file=SECRETS_KEY_FILE,
    parameters=environ.all_given(PARAMETER),
)
environ.resolve_with(VAULT.value)
