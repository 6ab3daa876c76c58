from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections

from apps.staff import conf
from apps.staff.domain import lockout
from novapulse import clock

AT_HOME = "192.0.2.1"


def tries(number: int, *, account: str = "ada@novapulse.example", address: str = AT_HOME) -> list[bool]:
    return [lockout.spend(account=account, address=address) for _ in range(number)]


def test_an_account_has_so_many_tries(db: None) -> None:
    assert tries(conf.TRIES_OF_ACCOUNT + 2) == [True] * conf.TRIES_OF_ACCOUNT + [False] * 2
    assert tries(1, account="ADA@NovaPulse.example", address="192.0.2.2") == [False]
    assert tries(1, account="bob@novapulse.example") == [True]


def test_an_address_has_so_many_tries_over_all_accounts(db: None) -> None:
    found = [tries(1, account=f"{number}@novapulse.example")[0] for number in range(conf.TRIES_OF_ADDRESS + 2)]

    assert found == [True] * conf.TRIES_OF_ADDRESS + [False] * 2
    assert tries(1, account="new@novapulse.example", address="192.0.2.2") == [True]


def test_the_lock_ends(db: None) -> None:
    tries(conf.TRIES_OF_ACCOUNT)
    with clock.shifted(conf.LOCKED_FOR - timedelta(seconds=30)):
        assert tries(1) == [False]  # and is no longer for being tried
    with clock.shifted(conf.LOCKED_FOR + timedelta(seconds=1)):
        assert tries(1) == [True]


def test_success_forgives_the_account_and_only_this_try_of_the_address(db: None) -> None:
    tries(4)
    tries(10, account="bob@novapulse.example", address=AT_HOME)
    lockout.forgive(account="ada@novapulse.example", address=AT_HOME)

    assert tries(conf.TRIES_OF_ACCOUNT) == [True] * conf.TRIES_OF_ACCOUNT


def test_an_operator_unlocks_an_account(db: None) -> None:
    tries(conf.TRIES_OF_ACCOUNT)

    assert lockout.unlock("Ada@novapulse.example")
    assert not lockout.unlock("Ada@novapulse.example")
    assert tries(1) == [True]


def test_many_at_once_have_no_more_tries_than_one_after_the_other(transactional_db: None) -> None:
    found: list[bool] = []
    together = Barrier(12)

    def guess() -> None:
        together.wait()
        found.append(lockout.spend(account="ada@novapulse.example", address=AT_HOME))
        connections.close_all()

    threads = [Thread(target=guess) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sum(found) == conf.TRIES_OF_ACCOUNT


@pytest.mark.parametrize("name", ["", "x" * 5_000, "ada\x00"])
def test_any_name_can_be_counted(db: None, name: str) -> None:
    assert lockout.spend(account=name.replace("\x00", ""), address=AT_HOME)
