"""The admin, as staff see it. Pictures of every page, wide and narrow, are left in PICTURES."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import NARROW, WIDE, picture
from tests.staff import code_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from apps.staff.domain.accounts import SignIn
    from tests.api import Api
    from tests.serving import Served

EVERY_PAGE = 11
PROMISED_SECONDS = 1.0
SLACK_SECONDS = 4.0  # a busy machine, on which a browser runs beside the stores


@pytest.fixture
def staff_page(page: Page, sign_in: SignIn) -> Page:
    """Give a page on which somebody has signed in."""
    page.goto("/admin/")
    picture(page, "sign-in")
    page.get_by_label("E-mail address").fill(sign_in.email)
    page.get_by_label("Password").fill(sign_in.password)
    page.get_by_label("Code of your authenticator").fill(code_of(sign_in))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    picture(page, "home")
    return page


def test_a_company_is_suspended_and_resumed(staff_page: Page, served: Served, acme: Api, rival: Api) -> None:
    token = f"Bearer {acme.token}"
    assert served.send("GET", "/api/v1/me", Authorization=token).status == 200
    staff_page.get_by_role("link", name="Companies").first.click()
    picture(staff_page, "companies")
    staff_page.get_by_role("link", name="acme", exact=True).click()
    picture(staff_page, "company")

    act(staff_page, "Suspend", reason="They asked for it by telephone.")
    returned_at = time.monotonic()
    wait_until(lambda: served.send("GET", "/api/v1/me", Authorization=token).status == 401)
    assert time.monotonic() - returned_at < PROMISED_SECONDS + SLACK_SECONDS
    assert staff_page.get_by_text("Acme (acme) is suspended.").is_visible()

    act(staff_page, "Resume", reason="They have paid.")
    assert staff_page.get_by_text("Acme (acme) may work again.").is_visible()
    refreshed = served.send("POST", "/api/v1/auth/refresh", {"refresh_token": acme.refresh_token})
    assert refreshed.status == 200

    staff_page.get_by_role("link", name="History").click()
    assert staff_page.get_by_text("Reason: They asked for it by telephone.").is_visible()
    picture(staff_page, "history")


def test_every_page_is_there_and_fits_on_a_telephone(staff_page: Page, acme: Api) -> None:
    fill(acme)
    links = staff_page.locator("#nav-sidebar-apps a, nav a").evaluate_all("links => links.map(link => link.href)")
    pages = sorted({link for link in links if "/admin/novapulse_" in link or "/admin/boards/" in link})
    assert len(pages) == EVERY_PAGE

    for address in pages:
        name = address.rstrip("/").rpartition("/")[2]
        staff_page.goto(f"{address}?company=acme" if "_work/" in address or "_webhooks/" in address else address)
        picture(staff_page, name)
        assert fits(staff_page), name
        first = staff_page.locator("#result_list tbody a").first
        if first.count():
            first.click()
            picture(staff_page, f"{name}-one")


def fill(acme: Api) -> None:
    """Give the company something of everything."""
    project = acme.post("/projects", {"key": "WEB", "name": "Web shop"}).json()
    for title in ("Write the landing page", "Show prices with tax", "Pay by invoice"):
        task = {"project_id": project["id"], "title": title, "labels": ["copy"], "priority": "high"}
        assert acme.post("/tasks", task).status_code == 201
    assert acme.post("/exports", {"format": "csv"}).status_code == 202
    webhook = acme.post("/webhooks", {"url": "https://hooks.example.com/in"}).json()
    assert acme.post(f"/webhooks/{webhook['id']}:test").status_code == 202


def fits(page: Page) -> bool:
    """Tell whether nobody has to move the page sideways on a telephone."""
    page.set_viewport_size(NARROW)
    widest = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(WIDE)
    return int(widest) <= NARROW["width"]


def act(page: Page, name: str, *, reason: str) -> None:
    """Press the button of an act, give the reason, and do it."""
    page.get_by_role("link", name=name, exact=True).click()
    picture(page, name.lower())
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url("**/change/")
    picture(page, f"{name.lower()}-done")
