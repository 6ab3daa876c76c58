"""What the proofs run under: the suite's settings, with mail in files.

The limits of anonymous routes hold only where they are asked for, since all requests of a proof come from one address.
"""

from config.settings.test import *
from novapulse import environ
from novapulse.gate.store import TIMEOUT_MS

GATE_TIMEOUT_MS = TIMEOUT_MS  # as it is in production
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = LOCAL_DIR / "mail"
ROOT_URLCONF = "tests.prove.routes"
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]  # of requests within this process
INSTALLED_APPS = [*INSTALLED_APPS, "tests.prove.chores"]
QUEUE_WINDOW = 100  # the emulation of SQS takes seconds for each look at a queue of thousands
RATELIMIT_ENABLE = environ.flag("PROVE_LOCKOUT", False, "Whether the limits of anonymous routes hold.")  # noqa: FBT003  a flag has no other type
