"""`ssm:/path` and `secretsmanager:name#key`: values that AWS keeps, each asked for once."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from novapulse.vault import aws
from novapulse.vault.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from types_boto3_ssm.type_defs import GetParametersResultTypeDef

    from novapulse.vault.aws import Aws

PARAMETER: Final = "ssm:"
SECRET: Final = "secretsmanager:"  # noqa: S105  a form, not a secret

_AT_ONCE: Final = 10  # SSM gives no more in one answer
_PATH: Final = re.compile(r"(/[A-Za-z0-9_.-]+)+")
_NAME: Final = re.compile(r"[A-Za-z0-9/_+=.@:-]+")  # or an ARN


class Parameters:
    """Parameters of SSM; those that the environment names are fetched together, ten a call."""

    def __init__(self, aws_of_ours: Aws, *, named: Iterable[str] = ()) -> None:
        """Take all values of the environment that name one, as they are given."""
        self._aws = aws_of_ours
        paths = (given.removeprefix(PARAMETER) for given in named)
        self._waiting = [path for path in dict.fromkeys(paths) if _PATH.fullmatch(path)]
        self._found: dict[str, str] = {}

    def value(self, given: str, *, variable: str) -> str:
        """Give the parameter's value, decrypted. Raises Unreadable."""
        path = given.removeprefix(PARAMETER)
        if not _PATH.fullmatch(path):
            example = f"{variable}=ssm:/novapulse/production/{variable.lower()}"
            raise Unreadable(variable, f"ssm: and the path of a parameter, for example {example}")
        if path not in self._found:
            self._fetch(path, variable=variable)
        if path not in self._found:
            raise Unreadable(variable, "the parameter of SSM that it names to be there, which it is not")
        return self._found[path]

    def _fetch(self, path: str, *, variable: str) -> None:
        self._waiting = [each for each in self._waiting if each != path]
        others, self._waiting = self._waiting[: _AT_ONCE - 1], self._waiting[_AT_ONCE - 1 :]
        try:
            answer = self._asked(path, others=others, variable=variable)
        except ClientError as error:
            expected = f"a parameter of SSM that can be decrypted ({aws.code_of(error)})"
            raise Unreadable(variable, expected) from error
        self._found |= {each["Name"]: each["Value"] for each in answer["Parameters"]}

    def _asked(self, path: str, *, others: list[str], variable: str) -> GetParametersResultTypeDef:
        refusal = partial(Unreadable, variable)
        with aws.calling(lambda: self._aws.ssm, right="ssm:GetParameters", refusal=refusal) as client:
            try:
                return client.get_parameters(Names=[path, *others], WithDecryption=True)
            except ClientError:
                if not others:
                    raise
            # Where one is denied so are all, and nobody says which: each is asked for alone then, the others later.
            return client.get_parameters(Names=[path], WithDecryption=True)


class Secrets:
    """Secrets of Secrets Manager, whole or one key of those that are JSON objects."""

    def __init__(self, aws_of_ours: Aws) -> None:
        """Take the clients."""
        self._aws = aws_of_ours
        self._found: dict[str, str] = {}

    def value(self, given: str, *, variable: str) -> str:
        """Give the secret, or what stands under its key. Raises Unreadable."""
        name, hash_sign, key = given.removeprefix(SECRET).partition("#")
        if not _NAME.fullmatch(name) or (hash_sign and not key):
            example = f"{variable}=secretsmanager:novapulse/production#{variable.lower()}"
            raise Unreadable(variable, f"secretsmanager: and a name, with # and a key, for example {example}")
        if name not in self._found:
            self._found[name] = self._fetched(name, variable=variable)
        return _under(key, self._found[name], variable=variable) if key else self._found[name]

    def _fetched(self, name: str, *, variable: str) -> str:
        right, refusal = "secretsmanager:GetSecretValue", partial(Unreadable, variable)
        try:
            with aws.calling(lambda: self._aws.secretsmanager, right=right, refusal=refusal) as client:
                answer = client.get_secret_value(SecretId=name)
        except ClientError as error:
            expected = f"the secret of Secrets Manager that it names to be there ({aws.code_of(error)})"
            raise Unreadable(variable, expected) from error
        if "SecretString" not in answer:
            raise Unreadable(variable, "a secret of Secrets Manager that is a text; this one is binary")
        return answer["SecretString"]


def _under(key: str, secret: str, *, variable: str) -> str:
    try:
        found = json.loads(secret)
    except ValueError:
        found = None
    value = found.get(key) if isinstance(found, dict) else None
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # a port, as RDS writes it
    raise Unreadable(variable, "a secret of Secrets Manager that is a JSON object with a text under the key after #")
