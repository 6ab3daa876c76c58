"""How passwords are hashed: argon2id (RFC 9106)."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idPasswordHasher(Argon2PasswordHasher):
    """Django's hasher with 46 MiB, one pass, one lane: the first of OWASP's equivalent settings.

    Django's own 100 MiB on 8 lanes would let sixteen sign-ins at once take 1.6 GB and every core.
    Source: OWASP Password Storage Cheat Sheet.
    """

    time_cost = 1
    memory_cost = 47_104  # KiB
    parallelism = 1
