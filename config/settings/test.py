"""The suite: like local, with the servers that tests/conftest.py starts, quick hashing and mail kept in memory."""

from config.settings.local import *

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["tests.hashing.QuickArgon2PasswordHasher"]
GATE_TIMEOUT_MS = 2_000  # a busy machine is no fault; those are injected
RATELIMIT_ENABLE = False  # the tests of the limits turn it on
