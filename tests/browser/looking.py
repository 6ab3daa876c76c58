"""Looking at a page as people do: wide and narrow, with eyes (a picture is left) and without (axe-core)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import NARROW, PICTURES, WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

_GRAVE: Final = {"serious", "critical"}
_SIZES: Final = {"narrow": NARROW, "wide": WIDE}
_AXE: Final = Axe().axe_script
_SEE: Final = """async () => ({
    violations: (await axe.run({ resultTypes: ["violations"] })).violations,
    widest: document.documentElement.scrollWidth,
})"""


def look(page: Page, name: str) -> list[str]:
    """Leave a picture of either width, and give what is wrong with the page: what axe-core says, and what overflows."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.evaluate(_AXE)
    wrong: list[str] = []
    for width in sorted(_SIZES, key=lambda each: page.viewport_size != _SIZES[each]):  # as it is first: it costs less
        page.set_viewport_size(_SIZES[width])
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        wrong += [f"{name}, {width}: {each}" for each in _faults(page.evaluate(_SEE), _SIZES[width]["width"])]
    return wrong


def _faults(seen: dict[str, Any], width: int) -> Iterator[str]:
    for violation in seen["violations"]:
        if violation["impact"] in _GRAVE:
            first = violation["nodes"][0]
            yield f"{violation['id']} x{len(violation['nodes'])}: {first['html'][:200]} {first['failureSummary'][:300]}"
    if seen["widest"] > width:
        yield f"it has to be moved sideways, {seen['widest']} px in {width}"
