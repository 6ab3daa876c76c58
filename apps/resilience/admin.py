"""Breakers in the admin: how they stand, held open or closed for a while, let go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from pybreaker import STATE_CLOSED, STATE_OPEN
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from apps.resilience.domain import breaker_switches
from novapulse.web.admin.acting import Reason
from novapulse.web.admin.boards import Board, Row, Verb, board

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_MINUTES = 24 * 60  # what is forgotten ends within a day


class LengthForm(Reason):
    """For how long, and why."""

    minutes = forms.IntegerField(
        min_value=1,
        max_value=_LONGEST_MINUTES,
        initial=10,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="For how long, a day at most; then it is let go.",
    )


def _hold(name: str, given: Mapping[str, Any], *, state: str, by: str) -> str:
    length = timedelta(minutes=given["minutes"])
    held = breaker_switches.hold(name, state=state, length=length, by=by)
    return f"{held.name} is held {held.state} until {held.until:%Y-%m-%d %H:%M}, on every process."


def _open(name: str, given: Mapping[str, Any], by: str) -> str:
    return _hold(name, given, state=STATE_OPEN, by=by)


def _close(name: str, given: Mapping[str, Any], by: str) -> str:
    return _hold(name, given, state=STATE_CLOSED, by=by)


def _reset(name: str, _given: Mapping[str, Any], by: str) -> str:
    was_held = breaker_switches.release(name, by=by)
    return f"{name} is let go." if was_held else f"{name} was not held; nothing was changed."


@board
class Breakers(Board):
    """The breakers round our dependencies."""

    name = "breakers"
    title = "Breakers"
    explanation = "What is held by hand, and what processes said when one of theirs last changed. Acts in two seconds."
    columns = ("Breaker", "Held", "Until", "By", "Processes that say otherwise than closed")
    verbs = (
        Verb("open", "Hold open", "Refuse all calls, on every process, for a while.", _open, LengthForm),
        Verb("close", "Hold closed", "Let all calls pass, whatever they meet, for a while.", _close, LengthForm),
        Verb("reset", "Let go", "Let go of what is held; the breaker begins closed.", _reset),
    )

    def rows(self) -> list[Row]:
        """Read the switches and the reports."""
        held = breaker_switches.switches()
        said = [each for each in breaker_switches.reports() if each.state != STATE_CLOSED]
        found = []
        for name in breaker_switches.names():
            switch = held.get(name)
            others = [
                f"{each.process}: {each.state}" for each in said if each.name == name and each.state != STATE_CLOSED
            ]
            by_hand = (switch.state, f"{switch.until:%Y-%m-%d %H:%M}", switch.by) if switch else ("", "", "")
            verbs = ("open", "close", "reset") if switch else ("open", "close")
            found.append(Row(name, (name, *by_hand, ", ".join(others)), verbs))
        return found
