"""The figures of the staff app."""

from datetime import timedelta
from typing import Final

TRIES_OF_ACCOUNT: Final = 5  # what a person who has mixed up two passwords needs
TRIES_OF_ADDRESS: Final = 20  # an office shares one
LOCKED_FOR: Final = timedelta(minutes=15)  # at five tries a time, a code of six digits would take years to guess
PASSWORD_BYTES: Final = 18
ISSUER: Final = "NovaPulse"
