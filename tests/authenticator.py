"""An authenticator as people have it on their phones, and people who use one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyotp

from novapulse import clock
from tests.api import PASSWORD, Api

if TYPE_CHECKING:
    from django.http import HttpResponse

STEP_SECONDS = 30
_SPARE_SECONDS = 5


@dataclass
class Authenticator:
    """A secret, and what was shown when it was confirmed."""

    secret: str
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, *, steps: int = 0) -> str:
        """Give the code of the present time step, or of one so many steps away; wait where the step is about to end."""
        left = STEP_SECONDS - clock.epoch_seconds() % STEP_SECONDS
        if left <= _SPARE_SECONDS:
            time.sleep(left)
        return pyotp.TOTP(self.secret).generate_otp(clock.epoch_seconds() // STEP_SECONDS + steps)

    def wrong_code(self) -> str:
        """Give a code that is of no step round about."""
        near = {self.code(steps=steps) for steps in range(-3, 4)}
        return next(code for code in map("{:06}".format, range(10)) if code not in near)


def enrolled(person: Api) -> Authenticator:
    """Turn somebody's second factor on by a code of the present step; `code(steps=1)` is the next that is good."""
    authenticator = Authenticator(person.post("/auth/mfa:enrol").json()["secret"])
    confirmed = person.post("/auth/mfa:confirm", {"otp": authenticator.code()})
    assert confirmed.status_code == 200, confirmed.content
    authenticator.recovery_codes = confirmed.json()["recovery_codes"]
    return authenticator


def log_in(person: Api, otp: str | None = None, *, password: str = PASSWORD, **body: str) -> HttpResponse:
    """Sign in with the password and, where one is given, a code."""
    given = {} if otp is None else {"otp": otp}
    return Api().post("/auth/login", {"email": person.email, "password": password, **given, **body})


def refreshed(person: Api) -> Api:
    """Give somebody's next tokens."""
    answer = Api().post("/auth/refresh", {"refresh_token": person.refresh_token}).json()
    return Api(answer["access_token"], answer["refresh_token"], person.email, person.company, person.user)
