"""What else ends with the access of somebody of the staff."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from apps.auth.domain import acting
from apps.auth.enums import Access
from apps.staff.domain import accounts
from tests import staff
from tests.api import Api

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("shut_out", [accounts.deactivate, accounts.reset])
def test_whoever_is_shut_out_or_signs_in_otherwise_acts_as_nobody_any_more(
    db: None, acme: Api, shut_out: Callable[[str], object]
) -> None:
    accounts.create(staff.EMAIL)
    length = timedelta(minutes=15)
    begun = acting.begin(acme.membership_id, operator=staff.EMAIL, access=Access.READ_ONLY, length=length)
    shut_out(staff.EMAIL.upper())

    assert Api(begun.token).get("/me").status_code == 401
