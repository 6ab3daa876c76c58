"""A new password for whoever has forgotten theirs, and reads the mail of their address.

1. Whoever asks is answered before anything is looked up, so that neither the answer nor its time tells whether the
   address has an account; the rest of this step is done in the background.
2. The account keeps the SHA-256 of the newest token, and until when it is good; the token goes out by mail.
3. Whoever shows the token sets a password that keeps to the rules. In one transaction, by compare-and-set, the token is
   used up, the address is verified, and everything that was issued to the account ends.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from apps.audit import api as audit_api
from apps.audit.api import Action, Actor, ActorKind, Entry
from apps.auth import conf
from apps.auth.domain import audited, endings, identities, mail_tokens, password_change, password_mail
from apps.auth.domain.password_mail import ResetLetter
from apps.auth.errors import ResetNotValid
from novapulse import clock, log
from novapulse.data import transaction
from novapulse.errors import Conflict
from novapulse.resilience.background import Background

if TYPE_CHECKING:
    from datetime import datetime

    from apps.auth.domain.identities import IdentityRecord

_logger = logging.getLogger(__name__)

_WAITING: Final = 100  # mails that a slow server may hold up; beyond that people have to ask again

room = Background("password-mail", threads=2, waiting=_WAITING)


def ask(email: str) -> None:
    """Have a token mailed to the address if it has an account. It raises nothing, and says nothing of what came of it.

    Where MongoDB or the mail server is away no mail comes, which is logged; whoever waits for it asks again.
    """
    room.submit(partial(_mail_token, email))


def send(identity: IdentityRecord) -> None:
    """Have a token mailed to somebody whom staff have in front of them; the mail goes out in the background.

    Raises Conflict where they are deactivated: no token would open anything.
    """
    letter = _kept_token(identity.email)
    if letter is None:
        raise Conflict(f"{identity.email} is deactivated.")
    room.submit(partial(password_mail.send, letter))


def reset(token: str, *, password: str) -> None:
    """Set another password for the account that the token was mailed to (step 3). Nobody is signed in by that.

    Raises ResetNotValid, whatever the reason: unknown, used, expired, no more the newest; and PasswordRefused, after
    which the token is as good as before.
    """
    token_hash = mail_tokens.hashed(token)
    identity = identities.by_reset_token(token_hash)
    if identity is None:
        raise ResetNotValid
    new_hash = password_change.accepted_for(identity, password=password)
    transaction.run(partial(_use, identity, token_hash=token_hash, new_hash=new_hash))
    log.event(_logger, "auth.reset", identity_id=str(identity.id))


def _mail_token(email: str) -> None:
    letter = _kept_token(email)
    if letter is not None:
        password_mail.send(letter)


def _kept_token(email: str) -> ResetLetter | None:
    token, expires_at = mail_tokens.new(), clock.now() + conf.RESET_LIFETIME
    token_hash = mail_tokens.hashed(token)
    identity = transaction.run(partial(_kept, email, token_hash=token_hash, expires_at=expires_at))
    return None if identity is None else ResetLetter(identity.id, identity.email, token, expires_at)


def _kept(email: str, *, token_hash: bytes, expires_at: datetime) -> IdentityRecord | None:
    identity = identities.keep_reset_token(email, token_hash=token_hash, expires_at=expires_at)
    if identity is not None:
        nobody = Actor(ActorKind.ANONYMOUS)
        asked = audited.everywhere(identity.id, Entry(Action.PASSWORD_RESET_ASKED, kind="member"))
        audit_api.record(replace(each, by=nobody) for each in asked)
    return identity


def _use(identity: IdentityRecord, *, token_hash: bytes, new_hash: str) -> None:
    if not identities.reset_password(identity.id, token_hash=token_hash, new_hash=new_hash):
        raise ResetNotValid
    was_verified = identity.email_verified_at is not None
    end = endings.end_sign_ins_of if was_verified else endings.shut_out  # nobody knows who has held it till now
    end(identity.id, reason="password-reset")
    audit_api.record(audited.everywhere(identity.id, Entry(Action.PASSWORD_RESET, kind="member")))
