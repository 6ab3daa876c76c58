"""`manage.py secrets encrypt|decrypt|rotate|keygen`: values of settings that do not lie readable in the environment."""

from __future__ import annotations

import getpass
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.operations.domain import encrypted_settings
from novapulse import environ
from novapulse.errors import NotFound
from novapulse.vault import key_file
from novapulse.web.commands import BadArguments, OperatorCommand, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser


class Command(OperatorCommand):
    """Encrypt, decrypt and rotate values of settings, as docs/secrets.md has it.

    `encrypt` takes the value from a prompt or the standard input, never from an argument, and prints what to put into
    the environment: `kms:...` under a key of KMS (`--kms`), otherwise `sealed:...` under the key in SECRETS_KEY_FILE.
    It opens in that variable and in this ENVIRONMENT alone. `decrypt` prints a value on a terminal, or with `--show`;
    that it was decrypted stands in the audit first. `rotate` encrypts anew whatever is encrypted in a file of
    variables, and replaces the file at once or not at all; comments and order stay. A value that cannot be opened ends
    the command with one sentence, which names the variable, and exit code 1.
    """

    help = "Encrypt and decrypt values of settings, encrypt those of a file anew (rotate), make a key file (keygen)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and with which variable or file."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        encrypt = actions.add_parser("encrypt", help="Encrypt a value; print what to put into the environment.")
        decrypt = actions.add_parser("decrypt", help="Give the value of a variable, whichever of the forms it has.")
        rotate = actions.add_parser("rotate", help="Encrypt anew what is encrypted in a file of variables.")
        keygen = actions.add_parser("keygen", help="Make a key file, which its owner alone can read.")
        for each in (encrypt, decrypt):
            each.add_argument("name", metavar="NAME", help="Name of the variable.")
        rotate.add_argument("file", type=Path, metavar="FILE", help="The file, with lines NAME=value.")
        keygen.add_argument("file", type=Path, metavar="FILE", help="Where to write it; nothing is written over.")
        kms = "A key of KMS: its id, ARN or alias/NAME."
        encrypt.add_argument("--kms", default="", metavar="KEY", help=kms)
        rotate.add_argument("--kms", default="", metavar="KEY", help=f"{kms} Without it, the one that each value has.")
        rotate.add_argument(
            "--key-file", type=Path, metavar="NEW", help="The new key file, for values that the present one has sealed."
        )
        rotate.add_argument("--dry-run", action="store_true", help="Tell what would be changed, and change nothing.")
        decrypt.add_argument("--stdin", action="store_true", help="Read the text from the standard input.")
        decrypt.add_argument("--show", action="store_true", help="Print the value though this is no terminal.")
        for each in (decrypt, rotate):
            take_reason(each, required=True)
        for each in (encrypt, decrypt, rotate, keygen):
            each.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        if options["action"] == "decrypt" and not (options["show"] or self.stdout.isatty()):
            raise BadArguments("the value would not go to a terminal; --show prints it wherever it goes")
        facts, text = _ACTIONS[options["action"]](options)
        self.stdout.write(json.dumps(facts) if options["json"] else text)
        if options["action"] == "encrypt":
            self.stderr.write(f"Done! Set {options['name']} to it, where ENVIRONMENT={facts['environment']}.")


Told = tuple[dict[str, Any], str]


def _encrypt(options: Mapping[str, Any]) -> Told:
    name, key = options["name"], options["kms"]
    if not key and not encrypted_settings.has_key_file():
        raise BadArguments("there is no key: give --kms KEY, or set SECRETS_KEY_FILE")
    value = encrypted_settings.encrypted(name, _read(f"Value of {name}: "), kms_key=key)
    return {"name": name, "value": value, "environment": encrypted_settings.environment()}, value


def _decrypt(options: Mapping[str, Any]) -> Told:
    name = options["name"]
    given = _read(f"Text of {name}: ") if options["stdin"] else environ.as_given(name)
    if given is None:
        raise NotFound(f"{name} is not set; --stdin reads its text from the standard input.")
    value = encrypted_settings.decrypted(name, given)
    return {"name": name, "value": value}, value


def _rotate(options: Mapping[str, Any]) -> Told:
    new = str(options["key_file"].absolute()) if options["key_file"] else ""
    if options["dry_run"]:
        found = encrypted_settings.plan(options["file"], new_key_file=new)
    else:
        found = encrypted_settings.rotate(options["file"], kms_key=options["kms"], new_key_file=new)
    facts = {"file": str(options["file"]), "changed": not options["dry_run"], **asdict(found)}
    values = "1 value" if len(found.names) == 1 else f"{len(found.names)} values"
    counted = f"{values} of {options['file']}"
    if not found.names:
        return {**facts, "changed": False}, f"Nothing to do: no value of {options['file']} is encrypted."
    if options["dry_run"]:
        return facts, f"Would encrypt {counted} anew ({', '.join(found.names)}); nothing was changed."
    return facts, f"Done! Encrypted {counted} anew ({', '.join(found.names)}); restart what reads the file."


def _keygen(options: Mapping[str, Any]) -> Told:
    path = options["file"].absolute()
    key_file.made(path)
    return {"file": str(path)}, f"Done! Set SECRETS_KEY_FILE={path}, and keep a copy where no backup of it is public."


def _read(prompt: str) -> str:
    """Ask at a terminal, without showing what is typed; otherwise read all that comes, but for its last line break."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.read().removesuffix("\n").removesuffix("\r")


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any]], Told]] = {
    "encrypt": _encrypt,
    "decrypt": _decrypt,
    "rotate": _rotate,
    "keygen": _keygen,
}
