"""The suite: like local, with the servers of tests/servers.py, quick hashing, mail in memory, no logs in files."""

from config.settings.local import *

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["tests.hashing.QuickArgon2PasswordHasher"]
GATE_TIMEOUT_MS = 2_000  # a busy machine is no fault; those are injected
RATELIMIT_ENABLE = False  # the tests of the limits turn it on
LOG_UNKNOWN_IS_REFUSED = True
LOG_QUERIES = False
LOG_DIR = ""
LOGGING = logging_to(console="json", folder=LOG_DIR, constant=LOG_CONSTANT)
METRICS_UNKNOWN_IS_REFUSED = True
