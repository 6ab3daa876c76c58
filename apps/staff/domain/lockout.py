"""The lock against guessing: so many tries of an account and of an address, then none for a while.

Fails closed: a try that cannot be written down, since PostgreSQL is away, is no try.
"""

from __future__ import annotations

from django.db import transaction

from apps.staff import conf
from apps.staff.models import SignInTries
from novapulse import clock


def spend(*, account: str, address: str) -> bool:
    """Take one of the tries that are left before anything is compared; tell whether there was one.

    It is taken before, and one after the other, so that a hundred at once are no more tries than a hundred in a row. A
    try beyond the limit is none: it neither counts nor makes the lock longer.
    """
    limits = {_of_account(account): conf.TRIES_OF_ACCOUNT, _of_address(address): conf.TRIES_OF_ADDRESS}
    with transaction.atomic():
        rows = [_held(key) for key in sorted(limits)]  # in one order, so that two never wait for each other
        if any(row.tries >= limits[row.key] for row in rows):
            return False
        for row in rows:
            row.tries += 1
            row.save(update_fields=["tries", "since"])
    return True


def forgive(*, account: str, address: str) -> None:
    """Count from nought again: it was them. Of the address only this try, since others may share it."""
    with transaction.atomic():
        SignInTries.objects.filter(key=_of_account(account)).delete()
        row = _held(_of_address(address))
        row.tries = max(row.tries - 1, 0)
        row.save(update_fields=["tries", "since"])


def unlock(account: str) -> bool:
    """Let an account try again at once; tell whether it had tried."""
    return SignInTries.objects.filter(key=_of_account(account)).delete()[0] > 0


def _held(key: str) -> SignInTries:
    """Give the row, locked until the transaction ends; what is older than the lock counts no more."""
    now = clock.now()
    SignInTries.objects.bulk_create([SignInTries(key=key, tries=0, since=now)], ignore_conflicts=True)
    row = SignInTries.objects.select_for_update().get(key=key)
    if row.since + conf.LOCKED_FOR <= now:
        row.tries = 0
    if row.tries == 0:
        row.since = now
    return row


def _of_account(name: str) -> str:
    return f"account:{name.casefold()[:250]}"


def _of_address(address: str) -> str:
    return f"address:{address}"
