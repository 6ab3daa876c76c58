"""How our letters go out: as plain text, and what came of it is logged."""

from __future__ import annotations

import logging
from email.errors import MessageError
from smtplib import SMTPException
from typing import TYPE_CHECKING, Any

from django.core.mail import send_mail

from novapulse import log

if TYPE_CHECKING:
    from bson import ObjectId

_logger = logging.getLogger(__name__)


def send(subject: str, *, text: str, to: str, sent: str, failed: str, **about: ObjectId) -> None:
    """Send a letter, and log `sent` or `failed` with what it is about.

    It raises nothing: what the letter tells of is committed by then, and whoever waits for it asks again.
    """
    fields: dict[str, Any] = {name: str(value) for name, value in about.items()}
    try:
        send_mail(subject, text, None, [to])
    except (SMTPException, OSError, ValueError, MessageError) as error:
        log.event(_logger, failed, level=logging.ERROR, **fields, error=type(error).__name__)
    else:
        log.event(_logger, sent, **fields)
