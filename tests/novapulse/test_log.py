"""An event is logged with the fields that the catalogue knows, and nobody's values are touched."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import log
from novapulse.log import catalogue
from novapulse.log.catalogue import UnknownEventError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGGER = logging.getLogger("novapulse.test")


@pytest.fixture
def _as_in_production(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(catalogue._Handling, "is_refused", False)
    yield
    catalogue.left_out.clear()


def said(caplog: pytest.LogCaptureFixture) -> Any:
    return caplog.records[-1]


def test_an_event_is_logged_with_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    log.event(LOGGER, "background.failed", level=logging.ERROR, room="mail", error="OSError")

    assert said(caplog).getMessage() == "background.failed"
    assert said(caplog).fields == {"room": "mail", "error": "OSError"}


def test_an_unknown_field_is_a_mistake_that_tests_find() -> None:
    with pytest.raises(UnknownEventError, match=r"background\.failed\.body"):
        log.event(LOGGER, "background.failed", level=logging.ERROR, room="mail", body="Dear Ann")


def test_an_unknown_event_is_as_well() -> None:
    with pytest.raises(UnknownEventError, match=r"no\.such_event"):
        log.event(LOGGER, "no.such_event", level=logging.ERROR)


@pytest.mark.usefixtures("_as_in_production")
def test_in_production_what_is_unknown_is_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    log.event(LOGGER, "background.failed", level=logging.ERROR, room="mail", body="Dear Ann")
    log.event(LOGGER, "no.such_event", level=logging.ERROR, body="Dear Ann")

    assert [record.fields for record in caplog.records] == [{"room": "mail"}, {}]  # type: ignore[attr-defined]  # ours
    assert catalogue.left_out == {"background.failed.body": 1, "no.such_event": 1}


def test_the_callers_values_stay_as_they_are_and_later_changes_do_not_show(caplog: pytest.LogCaptureFixture) -> None:
    queues: dict[str, Any] = {"critical": {"token": "t"}, "ids": {1}}
    log.event(LOGGER, "worker.started", level=logging.ERROR, queues=queues, threads=4)

    assert queues == {"critical": {"token": "t"}, "ids": {1}}
    queues["critical"]["later"] = True
    assert said(caplog).fields["queues"] == {"critical": {"token": "[redacted]"}, "ids": [1]}


def test_a_failure_is_logged_as_an_error_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        int("x")
    except ValueError:
        log.failed(LOGGER, "prober.failed")

    assert said(caplog).levelno == logging.ERROR
    assert said(caplog).exc_info[0] is ValueError
