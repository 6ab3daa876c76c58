"""Values of settings, encrypted and decrypted for operators; what is shown or changed is recorded before it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from novapulse import environ
from novapulse.errors import Invalid, NotFound
from novapulse.vault import envelope, key_file
from novapulse.vault.env_file import EnvFile, Setting

if TYPE_CHECKING:
    from pathlib import Path

    from novapulse.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation changes, or would: the variables by their names, and how they are encrypted."""

    by_kms: tuple[str, ...]
    by_key_file: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Name all of them."""
        return (*self.by_kms, *self.by_key_file)


def environment() -> str:
    """Name the environment in which alone opens what is encrypted here."""
    return _vault().environment


def has_key_file() -> bool:
    """Tell whether there is a key file to encrypt with."""
    return bool(_vault().key_file)


def encrypted(name: str, value: str, *, kms_key: str = "") -> str:
    """Encrypt a value for a variable of this environment: under the key of KMS, or else that of the key file.

    Raises NotFound for a variable that the service does not read, Invalid for no value, Unencryptable.
    """
    if name not in {each.name for each in environ.variables()}:
        raise NotFound(f"{name} is no variable of ours: docs/configuration.md lists them.")
    if not value:
        raise Invalid(f"There is no value to encrypt for {name}.")
    if kms_key:
        return _vault().encrypted_by_kms(name, value, key_id=kms_key)
    return _vault().encrypted_by_file(name, value)


def decrypted(name: str, given: str) -> str:
    """Give the value that a variable's text stands for. Recorded first, so that nobody sees what is not recorded.

    Raises Invalid for a text that stands for no other, Unreadable.
    """
    if not given.startswith(environ.FORMS):
        raise Invalid(f"{name} is not encrypted: expected a value that begins with one of {' '.join(environ.FORMS)}.")
    audit_api.note([Entry(Action.SETTING_DECRYPTED, name, home=audit_api.PLATFORM)])
    return _vault().value(name, given)


def plan(path: Path, *, new_key_file: str = "") -> Rotation:
    """Tell what a rotation of a file of variables would change: every value that stands in it encrypted.

    Opens all of them. Raises Invalid where the file is not for this environment or has `sealed:` values and no new key
    is given; Unreadable.
    """
    file = EnvFile(path)
    _refuse_others(file, new_key_file=new_key_file)
    for each in _encrypted_in(file):
        _vault().value(each.name, each.value)
    return _rotation(file)


def rotate(path: Path, *, kms_key: str = "", new_key_file: str = "") -> Rotation:
    """Encrypt every encrypted value of a file of variables anew, and replace the file at once.

    1. Open all values with what opens them now.
    2. Encrypt each: what KMS encrypted under a new data key (of `kms_key`, or else of the key that it had), what a key
       file did under the new one, which the file's SECRETS_KEY_FILE names from then on.
    3. Read each back. 4. Record it. 5. Write.

    Raises as `plan`, and Unencryptable; nothing is changed then.
    """
    found = plan(path, new_key_file=new_key_file)
    file, fresh = EnvFile(path), _vault().with_key_file(new_key_file)
    new = {each: _anew(each, vault=fresh, kms_key=kms_key) for each in _encrypted_in(file)}
    if new_key_file:
        new |= {each: new_key_file for each in file.settings() if each.name == "SECRETS_KEY_FILE"}
    audit_api.note([Entry(Action.SETTINGS_ROTATED, changed=found.names, home=audit_api.PLATFORM)])
    file.write(lambda setting: new.get(setting, setting.value))
    return found


def _refuse_others(file: EnvFile, *, new_key_file: str) -> None:
    vault = _vault()
    theirs = {each.value for each in file.settings() if each.name == "ENVIRONMENT"} - {vault.environment}
    if theirs:
        sentence = f"The file is for ENVIRONMENT={min(theirs)}, and this is {vault.environment}"
        raise Invalid(f"{sentence}: give the command the file's ENVIRONMENT.")
    if not new_key_file and any(each.value.startswith(key_file.FORM) for each in file.settings()):
        raise Invalid("The file has values sealed by a key file: name the new one with --key-file.")


def _encrypted_in(file: EnvFile) -> list[Setting]:
    return [each for each in file.settings() if each.is_encrypted]


def _rotation(file: EnvFile) -> Rotation:
    found = _encrypted_in(file)
    by_kms = tuple(each.name for each in found if each.value.startswith(envelope.FORM))
    return Rotation(by_kms, tuple(each.name for each in found if each.name not in by_kms))


def _anew(setting: Setting, *, vault: Vault, kms_key: str) -> str:
    plain = _vault().value(setting.name, setting.value)
    if setting.value.startswith(envelope.FORM):
        key_id = kms_key or _vault().kms_key_of(setting.name, setting.value)
        made = vault.encrypted_by_kms(setting.name, plain, key_id=key_id)
    else:
        made = vault.encrypted_by_file(setting.name, plain)
    if vault.value(setting.name, made) != plain:
        raise Invalid(f"{setting.name} does not read back as it was; nothing was changed.")
    return made


def _vault() -> Vault:
    vault: Vault = settings.VAULT
    return vault
