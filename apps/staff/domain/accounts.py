"""Staff accounts: Django's users, each with an authenticator app. They are nobody's in any company."""

from __future__ import annotations

import secrets
from base64 import b32encode
from binascii import unhexlify
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyotp
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django_otp import match_token
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.staff import conf
from apps.staff.domain import lockout, shutting_out
from apps.staff.errors import NoSuchStaff, StaffExists
from novapulse.errors import Invalid

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign in, shown once. `otpauth` is what an authenticator scans; empty where there is no second factor."""

    email: str
    password: str
    otpauth: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff. `may_act` is False for one who may look at everything and change nothing."""

    email: str
    is_active: bool
    may_act: bool
    has_second_factor: bool
    signed_in_at: datetime | None


def create(email: str) -> SignIn:
    """Make an account that may do everything, with a random password and an authenticator.

    Raises StaffExists, Invalid.
    """
    return _with_authenticator(_made(email, may_act=True))


def create_reader(email: str) -> SignIn:
    """Make an account that may look at everything and change nothing; otherwise as `create`."""
    return _with_authenticator(_made(email, may_act=False))


def create_with_password_alone(email: str) -> SignIn:
    """Make an account without a second factor: for a machine on which none is required. Otherwise as `create`."""
    return _with_password(_made(email, may_act=True))


def reset(email: str) -> SignIn:
    """Give a new password and a new authenticator, and let them try at once: the old ones, and all sessions, end.

    Raises NoSuchStaff.
    """
    user = _user(email)
    sign_in = _renewed(user)
    shutting_out.end_all_of(user.username)
    return sign_in


@transaction.atomic
def _renewed(user: User) -> SignIn:
    TOTPDevice.objects.filter(user=user).delete()
    lockout.unlock(user.username)
    return _with_authenticator(user)


def deactivate(email: str) -> None:
    """Shut somebody out, from their next click on; raises NoSuchStaff."""
    user = _user(email)
    user.is_active = False
    user.save(update_fields=["is_active"])
    shutting_out.end_all_of(user.username)


def reactivate(email: str) -> None:
    """Let somebody in again, with the password and the authenticator that they had; raises NoSuchStaff."""
    user = _user(email)
    user.is_active = True
    user.save(update_fields=["is_active"])


def check(email: str) -> None:
    """Raise NoSuchStaff where nobody has this address."""
    _user(email)


def accounts() -> list[Account]:
    """List all staff, by address."""
    enrolled = set(TOTPDevice.objects.filter(confirmed=True).values_list("user_id", flat=True))
    return [
        Account(user.username, user.is_active, user.is_superuser, user.pk in enrolled, user.last_login)
        for user in User.objects.filter(is_staff=True).order_by("username")
    ]


def has_second_factor(user: User) -> bool:
    """Tell whether a code is asked of them."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def verify(user: User, *, code: str) -> bool:
    """Tell whether this is a code of their authenticator's that nobody has used; notes it on the user.

    django-otp looks at one try at a time, takes each code once, and waits longer after each wrong one.
    """
    device = match_token(user, code) if code.isascii() and code.isdecimal() else None
    user.otp_device = device  # type: ignore[attr-defined]  # django-otp's: it keeps it in the session at sign-in
    return device is not None


def _made(email: str, *, may_act: bool) -> User:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(f"{email} is no e-mail address.") from error
    user, is_new = User.objects.get_or_create(
        username=email.lower(), defaults={"email": email, "is_staff": True, "is_superuser": may_act}
    )
    if not is_new:
        raise StaffExists(f"There is a member of staff with the address {email}.")
    return user


def _user(email: str) -> User:
    user = User.objects.filter(username=email.lower(), is_staff=True).first()
    if user is None:
        raise NoSuchStaff(f"There is no member of staff with the address {email}.")
    return user


def _with_password(user: User) -> SignIn:
    password = secrets.token_urlsafe(conf.PASSWORD_BYTES)
    user.set_password(password)
    user.save(update_fields=["password"])
    return SignIn(user.username, password)


@transaction.atomic
def _with_authenticator(user: User) -> SignIn:
    sign_in = _with_password(user)
    device = TOTPDevice.objects.create(user=user, name="authenticator", confirmed=True)
    secret = b32encode(unhexlify(device.key)).decode()
    address = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=conf.ISSUER)
    return SignIn(sign_in.email, sign_in.password, address)
