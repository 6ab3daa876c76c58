from __future__ import annotations

from novapulse.queues.shares import Shares


def test_a_company_has_its_share_with_half_of_the_threads() -> None:
    shares = Shares(4)
    shares.take("a")
    shares.take("b")
    shares.take("a")

    assert shares.exhausted() == {"a"}
    shares.give_back("a")
    assert shares.exhausted() == set()


def test_with_one_thread_a_company_has_its_share_with_that_one() -> None:
    shares = Shares(1)
    shares.take(None)

    assert shares.exhausted() == {None}
