"""argon2id at its least cost: the suite hashes hundreds of passwords and proves nothing by waiting."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """The same algorithm, one pass over 8 KiB."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
