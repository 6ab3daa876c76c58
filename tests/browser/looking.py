"""Looking at a page as people do: wide and narrow, with eyes (a picture is left) and without (axe-core)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import NARROW, PICTURES, WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

_GRAVE: Final = {"serious", "critical"}
_OPTIONS: Final = {"resultTypes": ["violations"]}
_axe: Final = Axe()


def look(page: Page, name: str) -> list[str]:
    """Leave a picture of either width, and give what is wrong with the page: what axe-core says, and what overflows."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    for width, size in {"narrow": NARROW, "wide": WIDE}.items():
        page.set_viewport_size(size)
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        wrong += [f"{name}, {width}: {each}" for each in (*_violations(page), *_overflow(page, size["width"]))]
    return wrong


def _violations(page: Page) -> Iterator[str]:
    for violation in _axe.run(page, options=_OPTIONS).response["violations"]:
        if violation["impact"] in _GRAVE:
            first = violation["nodes"][0]
            yield f"{violation['id']} x{len(violation['nodes'])}: {first['html'][:200]} {first['failureSummary'][:300]}"


def _overflow(page: Page, width: int) -> Iterator[str]:
    widest = int(page.evaluate("document.documentElement.scrollWidth"))
    if widest > width:
        yield f"it has to be moved sideways, {widest} px in {width}"
