"""`manage.py seed_demo`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.conf import settings

from apps.operations.domain import demo
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from apps.operations.domain.demo import SignIn

_SIGN_IN_FILE = "demo-sign-in.txt"
_OWNER_ONLY = 0o600


class Command(OperatorCommand):
    """Found the demo company, once.

    Prints its sign-in, and keeps it in LOCAL_DIR for its owner to read; where the company is there, changes nothing.
    A database that does not answer ends the command with one sentence and exit code 1.
    """

    help = "Found the demo company with projects and tasks, and print its sign-in; does nothing where it exists."

    def handle(self, *_args: object, **_options: object) -> None:
        """Seed, and say how to sign in."""
        file = settings.LOCAL_DIR / _SIGN_IN_FILE
        sign_in = _seed()
        if sign_in is None:
            self.stdout.write(f"The demo company is there; its sign-in was written to {file} when it was made.")
            return
        _keep(sign_in)
        self.stdout.write(f"Demo company: slug {demo.SLUG}, e-mail {sign_in.email}, password {sign_in.password}")


def _seed() -> SignIn | None:
    return demo.seed()


def _keep(sign_in: SignIn) -> None:
    settings.LOCAL_DIR.mkdir(parents=True, exist_ok=True)
    file = os.open(settings.LOCAL_DIR / _SIGN_IN_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(f"e-mail {sign_in.email}\npassword {sign_in.password}\n")
