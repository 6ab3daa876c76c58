"""Finding every page of the admin: from the start page and the lists on, by whatever leads further."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Error

from novapulse.web.admin import boards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

_ID: Final = re.compile(r"/(?:[0-9a-f]{24}|[\w-]{43}|\d+)(?=/|$)")  # of a document, a signing key, a row
_NO_PAGES: Final = ("/admin/logout/", "/admin/parts/", "/admin/jsi18n/")
_LINKS: Final = "a:is([href^='/admin/'], [href^='?'], [href^='../']):not(#recent-actions-module a)"  # those may be gone
_DOWNLOAD: Final = "Download is starting"


def lists() -> list[str]:
    """Give the address of every list and board that the site has, whether a link leads there or not."""
    found = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    return [*found, *(reverse(f"admin:board-{kind.name}") for kind in boards._boards)]


def pages(page: Page) -> Iterator[str]:
    """Go to one page of each kind after another, and give its name; fails where one is not found or broken."""
    waiting, seen = deque(["/admin/", *lists()]), set[str]()
    while waiting:
        address = waiting.popleft()
        name = name_of(address)
        if name in seen or address.startswith(_NO_PAGES):
            continue
        seen.add(name)
        if _goes_to(page, address):
            yield name
            waiting.extend(_links(page))


def name_of(address: str) -> str:
    """Give what a kind of page is called: its path, whatever it is about."""
    path = _ID.sub("/one", urlsplit(address).path)
    return path.strip("/").replace("/", "-").removeprefix("admin-").replace("novapulse_", "") or "admin"


def _goes_to(page: Page, address: str) -> bool:
    try:
        answer = page.goto(address)
    except Error as error:
        if _DOWNLOAD in str(error):
            return False
        raise
    assert answer is not None
    assert answer.status == 200, f"{address}: {answer.status}"
    assert name_of(page.url) == name_of(address), f"{address} leads to {page.url}"
    return True


def _links(page: Page) -> list[str]:
    found = page.locator(_LINKS).evaluate_all("links => links.map(link => link.href)")
    return [f"{parts.path}?{parts.query}".rstrip("?") for parts in map(urlsplit, found)]
