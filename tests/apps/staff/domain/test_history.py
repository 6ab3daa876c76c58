"""What staff have noted: forgotten with what it was about, and found by any word in any table."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from apps.staff.domain import history

pytestmark = pytest.mark.django_db

NAME = "5f0000000000000000000001"


def note(object_id: str, *, said: str = "", shown: str = "x") -> None:
    staff, _ = User.objects.get_or_create(username="staff")
    kind = ContentType.objects.get_for_model(User)
    texts = {"object_id": object_id, "object_repr": shown, "change_message": said}
    LogEntry.objects.create(user=staff, content_type=kind, action_flag=CHANGE, **texts)


def left() -> set[str | None]:
    return set(LogEntry.objects.values_list("object_id", flat=True))


def test_what_was_noted_of_things_goes_with_them() -> None:
    for object_id in ("1", "2", "3"):
        note(object_id)

    assert history.forget([1, "2", "9"]) == 2
    assert left() == {"3"}


def test_what_mentions_a_company_goes_wherever_it_does() -> None:
    note(NAME)
    note("1", said=f"{NAME} is suspended. Reason: unpaid")
    note("2", shown=f"Acme {NAME}")
    note("3")

    assert history.forget_mentions(NAME) == 3
    assert left() == {"3"}


def test_a_word_is_found_in_whichever_table_it_stands() -> None:
    assert history.mentions(NAME) == {}
    User.objects.create(username="other", first_name=f"_{NAME}_")
    note("1", said=NAME)

    assert history.mentions(NAME) == {"auth_user": 1, "django_admin_log": 1}
    assert history.mentions("_" * 9) == {}  # not a pattern, but text
