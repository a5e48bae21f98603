"""Looking at pages as wide as a desktop and as a phone: nothing is wrong with them, and pictures are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import NewPage, Screenshot
from tests.browser.office import DESKTOP, HEIGHTS, PHONE, Desk

Picture = Callable[[Desk, str], None]

SIDEWAYS = """() => [...document.querySelectorAll('form .scroll')]
    .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.getAttribute('aria-labelledby'))"""


def sign_in(page: Page, login: str) -> Page:
    """Sign in by what a click on the list of demo people sends; the list itself is clicked in `office`."""
    assert page.request.post("/signin", form={"demo": login}).ok, login
    page.goto("/tasks")
    return page


def wider(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(
        page.evaluate(
            "() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"
        )
    )


def faults(page: Page) -> list[str]:
    """What is wrong with a page as it is: what hinders people with disabilities, and what sticks out."""
    found = [
        f"{each['id']}: {[node['html'][:120] for node in each['nodes']][:3]}"
        for each in Axe().run(page).response["violations"]
    ]
    beyond = wider(page)
    return [*found, *([f"{beyond} pixels wider than the window"] if beyond else [])]


def faults_of_all(
    new_page: NewPage,
    pages: Iterable[tuple[str, str, str]],
    screenshot: Screenshot,
    widths: Sequence[int] = (DESKTOP, PHONE),
) -> list[str]:
    """What is wrong with pages (name, login or nobody, address) at each of these widths.

    Each is opened once. Between the widths of a desktop and of a phone it is only seen whether anything sticks out.
    """
    found: list[str] = []
    desks: dict[str, Page] = {}
    for name, login, address in pages:
        if login not in desks:
            desks[login] = sign_in(new_page(), login) if login else new_page()
        page = desks[login]
        page.set_viewport_size({"width": widths[0], "height": HEIGHTS[DESKTOP]})
        page.goto(address)
        for width in widths:
            page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, HEIGHTS[DESKTOP])})
            wrong = faults(page) if width in HEIGHTS else [str(wider(page))] if wider(page) else []
            found += [f"{name} at {width}: {each}" for each in wrong]
            screenshot(page, f"{name}-{width}")
    return found


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
            assert not wider(page), f"{name}: {wider(page)} pixels wider than {width}"
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
