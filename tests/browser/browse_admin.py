"""The admin, as staff see it. Pictures of every page, wide and narrow, are left in PICTURES."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.browser import crawling
from tests.browser.conftest import PROCESSES, fill_in
from tests.browser.looking import look
from tests.browser.printer.tasks import print_invoice
from tests.faults import refusing_port
from tests.staff import code_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from apps.staff.domain.accounts import SignIn
    from tests.api import Api
    from tests.serving import Served

PROMISED_SECONDS = 1.0
ENOUGH_REFUSALS = 10  # in a row: any of the processes may have given each
SLACK_SECONDS = 4.0  # a busy machine, on which a browser runs beside the stores

pytestmark = pytest.mark.timeout(300)


def test_nobody_signs_in_without_their_second_factor(page: Page, sign_in: SignIn) -> None:
    page.goto("/admin/")
    wrong = look(page, "sign-in")
    fill_in(page, sign_in, code="000000" if code_of(sign_in) != "000000" else "000001")
    assert page.get_by_text("do not fit together").is_visible()
    wrong += look(page, "sign-in-refused")

    assert wrong == []


def test_a_company_is_suspended_and_resumed(
    staff_page: Page,
    served: Served,
    sign_in: SignIn,
    new_company: Callable[..., Api],
    capsys: pytest.CaptureFixture[str],
) -> None:
    acme, rival = new_company("acme"), new_company("rival", country="FR")
    staff_page.goto("/admin/")
    staff_page.get_by_role("link", name="Companies").first.click()
    staff_page.get_by_role("link", name="acme", exact=True).click()

    with ThreadPoolExecutor() as pool:
        refused = pool.submit(refused_at, served, f"Bearer {acme.token}")
        pressed_at = act(staff_page, "Suspend", reason="They asked for it by telephone.")
        seconds = refused.result() - pressed_at
    with capsys.disabled():
        sys.stdout.write(f"\nRefused on all processes {seconds:.3f} s after the button was pressed.\n")
    assert seconds < PROMISED_SECONDS + SLACK_SECONDS
    assert staff_page.get_by_text("Acme (acme) is suspended.").is_visible()
    assert served.send("GET", "/api/v1/me", Authorization=f"Bearer {rival.token}").status == 200

    act(staff_page, "Resume", reason="They have paid.")
    assert staff_page.get_by_text("Acme (acme) may work again.").is_visible()
    refreshed = served.send("POST", "/api/v1/auth/refresh", {"refresh_token": acme.refresh_token})
    assert refreshed.status == 200

    staff_page.get_by_role("link", name="History").click()
    assert staff_page.get_by_text("Reason: They asked for it by telephone.").is_visible()
    assert is_in_the_audit(staff_page, "?company=acme&action=company.suspended", by=sign_in.email)


@pytest.mark.usefixtures("served", "shared_queues")
def test_a_task_that_has_failed_is_tried_anew_once_its_cause_is_mended(
    staff_page: Page, sign_in: SignIn, tmp_path: Path
) -> None:
    paper = tmp_path / "paper"
    print_invoice.enqueue(str(paper))

    def is_dead() -> bool:
        staff_page.goto("/admin/boards/dead-letters/")
        return staff_page.get_by_role("link", name="Try anew").is_visible()

    wait_until(is_dead)
    assert staff_page.get_by_text("FileNotFoundError").is_visible()
    assert look(staff_page, "dead-letters") == []

    paper.touch()
    staff_page.get_by_role("link", name="Try anew").click()
    staff_page.get_by_label("Reason").fill("There is paper now.")
    staff_page.get_by_role("button", name="Try anew").click()
    assert staff_page.get_by_text("is tried anew.").is_visible()
    wait_until(lambda: paper.read_text(encoding="utf-8") == "Printed.")
    staff_page.goto("/admin/boards/dead-letters/")
    assert staff_page.get_by_text("There is nothing here.").is_visible()
    assert is_in_the_audit(staff_page, "?action=dead_letters.redriven", by=sign_in.email)


@pytest.mark.usefixtures("shared_queues")
def test_every_page_is_there_for_everybody_wide_and_narrow(staff_page: Page, served: Served, acme: Api) -> None:
    export = fill(acme, served)
    wait_until(lambda: acme.get(f"/jobs/{export}").json()["status"] == "succeeded")
    staff_page.goto("/admin/novapulse_work/task/?company=acme")  # it stays chosen
    wrong: list[str] = []
    visited = []
    for name in crawling.pages(staff_page):
        visited.append(name)
        wrong += look(staff_page, name)

    assert {crawling.name_of(address) for address in crawling.lists()} <= set(visited)
    assert wrong == []


def test_the_start_page_tells_of_all_processes_without_flicker(staff_page: Page, served: Served, acme: Api) -> None:
    staff_page.goto("/admin/")
    traffic = part(staff_page, "traffic")
    staff_page.evaluate("document.querySelectorAll('canvas').forEach(each => each.kept = true)")
    processes = traffic.locator("div", has=staff_page.get_by_text("Processes", exact=True)).last
    wait_until(lambda: f"{PROCESSES}" in processes.inner_text())
    named = staff_page.get_by_role("link", name="acme", exact=True)
    wait_until(lambda: served.send("GET", "/api/v1/me", Authorization=f"Bearer {acme.token}") and named.is_visible())

    assert staff_page.evaluate("[...document.querySelectorAll('canvas')].every(each => each.kept)")
    wrong = look(staff_page, "start")
    staff_page.emulate_media(color_scheme="dark")
    staff_page.reload()
    part(staff_page, "traffic")
    assert wrong + look(staff_page, "start-dark") == []


def test_the_start_page_rests_while_nobody_looks(staff_page: Page) -> None:
    asked: list[str] = []
    staff_page.on("request", lambda request: asked.append(request.url) if "/parts/" in request.url else None)
    staff_page.clock.install()
    staff_page.goto("/admin/")
    part(staff_page, "queues")
    show(staff_page, "hidden")
    staff_page.clock.run_for(60_000)
    staff_page.wait_for_timeout(300)
    asked.clear()
    staff_page.clock.run_for(60_000)
    assert asked == []

    show(staff_page, "visible")
    wait_until(lambda: staff_page.wait_for_timeout(50) or asked)


def test_a_part_that_cannot_be_had_says_so_in_its_place(staff_page: Page) -> None:
    staff_page.route("**/parts/traffic/", lambda route: route.fulfill(body="<h1>The database does not answer.</h1>"))
    staff_page.goto("/admin/")

    staff_page.get_by_text("The database does not answer.").wait_for()
    part(staff_page, "companies")
    assert look(staff_page, "start-trouble") == []


def test_what_is_wrong_with_a_page_is_seen(staff_page: Page) -> None:
    staff_page.goto("/admin/boards/breakers/")
    staff_page.evaluate(
        "document.querySelector('#content').insertAdjacentHTML('beforeend', "
        "'<p style=\"color: #ddd; width: 1500px\">Pale and wide</p><button></button>')"
    )
    seen = " ".join(look(staff_page, "wrong"))

    assert "color-contrast" in seen
    assert "button-name" in seen
    assert "sideways" in seen


def fill(acme: Api, served: Served) -> str:
    """Give the company something of everything; gives the id of an export that is under way."""
    project = acme.post("/projects", {"key": "WEB", "name": "Web shop"}).json()
    for title in ("Write the landing page", "Show prices with tax", "Pay by invoice"):
        task = {"project_id": project["id"], "title": title, "labels": ["copy"], "priority": "high"}
        assert acme.post("/tasks", task).status_code == 201
    token = f"Bearer {acme.token}"
    nobody = f"http://127.0.0.1:{refusing_port()}/in"
    webhook = served.send("POST", "/api/v1/webhooks", {"url": nobody}, Authorization=token).json()
    tested = served.send("POST", f"/api/v1/webhooks/{webhook['id']}:test", Authorization=token)
    assert tested.status == 202
    return str(acme.post("/exports", {"format": "csv"}).json()["id"])


def is_in_the_audit(page: Page, asked: str, *, by: str) -> bool:
    """Wait until the audit tells of it, sealed, and of who has done it."""

    def is_told() -> bool:
        page.goto(f"/admin/boards/audit/{asked}")
        return page.locator("#content table").get_by_text(by).first.is_visible()

    wait_until(is_told)
    return True


def part(page: Page, name: str) -> Locator:
    """Give a part of the start page, once it has come."""
    found = page.locator(f'[data-from$="/{name}/"][aria-busy="false"]')
    found.wait_for()
    return found


def show(page: Page, state: str) -> None:
    """Let the page take itself for hidden, as behind another tab, or for visible."""
    page.evaluate(
        """state => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => state === "hidden" });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def refused_at(served: Served, token: str) -> float:
    """Ask again and again, and tell since when every process has refused it; before, it is answered."""
    assert served.send("GET", "/api/v1/me", Authorization=token).status == 200
    refused: list[float] = []

    def stays_refused() -> bool:
        answer = served.send("GET", "/api/v1/me", Authorization=token)
        if answer.status == 200:
            refused.clear()
        else:
            refused.append(time.monotonic())
        return len(refused) > ENOUGH_REFUSALS

    wait_until(stays_refused, seconds=60)
    return refused[0]


def act(page: Page, name: str, *, reason: str) -> float:
    """Press the button of an act, give the reason, and do it; tells when it was pressed."""
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_label("Reason").fill(reason)
    pressed_at = time.monotonic()
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url("**/change/")
    return pressed_at
