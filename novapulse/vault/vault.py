"""The values that settings stand for, by their four forms; and values encrypted, for operators who write settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse.vault import envelope, key_file
from novapulse.vault.lookups import PARAMETER, SECRET, Parameters, Secrets
from novapulse.vault.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from novapulse.vault.aws import Aws


class Vault:
    """What this process can open: by its rights at AWS and its key file.

    Connects where a value asks for it, and fails closed: Unreadable, in one line that names the variable. Each value is
    fetched once.
    """

    def __init__(self, *, environment: str, aws: Aws, key_file: str = "", parameters: Iterable[str] = ()) -> None:
        """Take the environment's name, AWS, the path of the key file, and all `ssm:` values that there are."""
        self.environment = environment
        self.key_file = key_file
        self._aws = aws
        self._parameters = Parameters(aws, named=parameters)
        self._secrets = Secrets(aws)
        self._found: dict[tuple[str, str], str] = {}

    def value(self, variable: str, given: str) -> str:
        """Give what a variable stands for whose text is of one of the four forms. Raises Unreadable."""
        if (variable, given) not in self._found:
            form = given.partition(":")[0] + ":"
            self._found[variable, given] = self._readers[form](variable, given)
        return self._found[variable, given]

    def encrypted_by_kms(self, variable: str, plain: str, *, key_id: str) -> str:
        """Give the text `kms:...` that stands for the value in this variable alone. Raises Unencryptable."""
        return envelope.encrypted(plain, place=self._place(variable), aws=self._aws, key_id=key_id)

    def encrypted_by_file(self, variable: str, plain: str) -> str:
        """Give the text `sealed:...` that stands for the value in this variable alone. Raises Unencryptable."""
        return key_file.encrypted(plain, place=self._place(variable), path=self.key_file)

    def kms_key_of(self, variable: str, given: str) -> str:
        """Tell which key of KMS a `kms:` value is encrypted under. Raises Unreadable."""
        return envelope.key_of(given, place=self._place(variable), aws=self._aws)

    def with_key_file(self, path: str) -> Vault:
        """Give a vault that is as this one, and has another key file."""
        return Vault(environment=self.environment, aws=self._aws, key_file=path)

    @property
    def _readers(self) -> Mapping[str, Callable[[str, str], str]]:
        return {
            envelope.FORM: self._open_envelope,
            key_file.FORM: self._open_sealed,
            PARAMETER: lambda variable, given: self._parameters.value(given, variable=variable),
            SECRET: lambda variable, given: self._secrets.value(given, variable=variable),
        }

    def _open_envelope(self, variable: str, given: str) -> str:
        return envelope.opened(given, place=self._place(variable), aws=self._aws)

    def _open_sealed(self, variable: str, given: str) -> str:
        return key_file.opened(given, place=self._place(variable), path=self.key_file)

    def _place(self, variable: str) -> Place:
        return Place(variable, self.environment)
