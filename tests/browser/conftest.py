"""Fixtures of browser tests: one browser for all, pages that are watched, and the demo town they look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.browser import NoBrowserError, launch
from tests.support.town import start_town
from tests.support.watch import Watch

# What a page has not done by then it will not do any more, even on a busy machine.
TIMEOUT_MS = 10_000

NewPage = Callable[..., Page]
Screenshot = Callable[..., None]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser. A test that uses it fails with the remedy where there is none with a Chinese font."""
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except NoBrowserError as error:
            pytest.fail(str(error), pytrace=False)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demo town, one for each module; a module with pages of its own overrides this."""
    with start_town(tmp_path_factory.mktemp("town")) as address:
        yield address


@pytest.fixture
def new_page(browser: Browser, server: str) -> Iterator[NewPage]:
    """Opens pages: `new_page(390)`. Each has its own cookies, so one test can be several people at once.

    The test fails in the end if a page logged an error, threw one, or asked for anything outside the server.
    What a test provokes on purpose is named: `new_page(expected=["status of 409"])`, and must then happen.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_page(
        width: int = 1440, height: int = 900, *, expected: Sequence[str] = (), javascript: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=server,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        context.set_default_timeout(TIMEOUT_MS)
        watch = Watch(server, expected)
        watch.attach(context)
        opened.append((context, watch))
        return context.new_page()

    yield open_page
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        watch.verify()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """One watched page of the width of a desktop."""
    return new_page()


@pytest.fixture
def screenshot() -> Screenshot:
    """Keeps the picture of a page when `./run screenshots` asks for it: `screenshot(page, "inbox-390")`.

    `whole=False` leaves out what one has to scroll to.
    """
    folder = os.environ.get("GUICHENG_SCREENSHOTS")

    def keep(page: Page, name: str, *, whole: bool = True) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)

    return keep
