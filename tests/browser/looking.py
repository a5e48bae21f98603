"""Looking at a page as wide as a desktop and as a phone, and keeping pictures of both."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import Screenshot
from tests.browser.office import HEIGHTS, PHONE, Desk

Picture = Callable[[Desk, str], None]

SIDEWAYS = """() => [...document.querySelectorAll('form .scroll')]
    .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.getAttribute('aria-labelledby'))"""


def looking(screenshot: Screenshot, story: str) -> Picture:
    """Returns what looks at a page as wide as a desktop and as a phone: nothing may stick out.

    It keeps two pictures of each, named after the story and the page: what one sees when it opens, and all one can
    scroll to.
    """

    def look(desk: Desk, name: str) -> None:
        page, before = desk.page, desk.page.viewport_size
        assert before is not None
        for width in sorted(HEIGHTS, key=lambda each: each != before["width"]):
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            page.evaluate(
                "() => [window, ...document.querySelectorAll('main')].forEach((each) => each.scrollTo(0, 0))"
            )
            beyond = page.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert beyond <= 0, f"{name}: {beyond} pixels wider than {width}"
            assert page.evaluate(SIDEWAYS) == [], f"{name}: tables to be moved sideways at {width}"
            if width == PHONE:
                assert page.locator(".sheet-card .clause:visible").count() <= 1, name
            screenshot(page, f"{story}-{name}-{width}", whole=False)
            page.set_viewport_size({"width": width, "height": whole_height(page)})
            screenshot(page, f"{story}-{name}-{width}-all")
        page.set_viewport_size(before)

    return look


def whole_height(page: Page) -> int:
    """How high the window must be to see all: on a desktop the page scrolls inside its frame."""
    return int(
        page.evaluate(
            """() => Math.max(document.documentElement.scrollHeight,
                ...[...document.querySelectorAll('main')].map((each) => each.scrollHeight))"""
        )
    )
