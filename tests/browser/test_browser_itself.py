"""What the browser fixtures promise: Chinese can be read, and a page that misbehaves fails its test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import has_glyph
from tests.support.town import serving
from tests.support.watch import Watch

PAGES = {
    "/": "<p>镇政府规程</p>",
    "/console-error": "<script>console.error('坏了')</script><p>到此</p>",
    "/exception": "<script>throw new Error('坏了')</script><p>到此</p>",
    "/missing": "<img src='/no-such-picture.png' alt=''><p>到此</p>",
    "/picture-from-elsewhere": "<img src='https://pictures.example/a.png' alt=''><p>到此</p>",
    "/script-from-other-port": "<script src='http://127.0.0.1:9/a.js'></script><p>到此</p>",
    "/opens-another": "<a href='/console-error' target='_blank'>另开</a>",
}


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    body = PAGES.get(environ["PATH_INFO"])
    start_response("200 OK" if body else "404 Not Found", [("Content-Type", "text/html; charset=utf-8")])
    title = "<!doctype html><html lang='zh-CN'><title>试</title><link rel='icon' href='data:,'>"
    return [(title + (body or "没有")).encode()]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving(application) as address:
        yield address


def problems(browser: Browser, server: str, path: str) -> list[str]:
    """What a watch notes while a page is opened."""
    context = browser.new_context(base_url=server)
    watch = Watch(server)
    watch.attach(context)
    page = context.new_page()
    page.goto(path)
    expect(page.locator("p")).to_be_visible()
    page.wait_for_load_state("networkidle")
    context.close()
    return watch.problems


@pytest.mark.parametrize("width", [1440, 390])
def test_a_well_behaved_page_passes(new_page: Callable[..., Page], width: int) -> None:
    page = new_page(width)
    page.goto("/")
    expect(page.get_by_text("镇政府规程")).to_be_visible()
    assert page.evaluate("window.innerWidth") == width
    assert page.evaluate("[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]") == [
        "zh-CN",
        "Asia/Shanghai",
    ]


def test_chinese_has_glyphs(page: Page) -> None:
    page.goto("/")
    assert [character for character in "镇政府规程（），。“”×≥" if not has_glyph(page, character)] == []
    assert not has_glyph(page, "\U0010fffd")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/console-error", "console error: 坏了"),
        ("/exception", "JavaScript error"),
        ("/missing", "console error: Failed to load resource: the server responded with a status of 404"),
        ("/picture-from-elsewhere", "request to another place: https://pictures.example/a.png"),
        ("/script-from-other-port", "request to another place: http://127.0.0.1:9/a.js"),
    ],
)
def test_a_page_that_misbehaves_is_noted(browser: Browser, server: str, path: str, problem: str) -> None:
    noted = problems(browser, server, path)
    assert [text for text in noted if text.startswith(problem)], noted


def test_a_well_behaved_page_leaves_no_note(browser: Browser, server: str) -> None:
    assert problems(browser, server, "/") == []


def test_pages_that_pages_open_are_watched_too(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server)
    watch = Watch(server)
    watch.attach(context)
    page = context.new_page()
    page.goto("/opens-another")
    with context.expect_page() as opened:
        page.get_by_role("link", name="另开").click()
    expect(opened.value.locator("p")).to_be_visible()
    context.close()
    with pytest.raises(AssertionError, match="坏了"):
        watch.verify()


def test_what_a_test_provokes_is_named_and_must_happen(new_page: Callable[..., Page]) -> None:
    page = new_page(expected=["status of 404"])
    page.goto("/missing")
    expect(page.get_by_text("到此")).to_be_visible()
    never = Watch("http://127.0.0.1:1", expected=["status of 409"])
    with pytest.raises(AssertionError, match="409"):
        never.verify()


def test_an_address_that_only_begins_like_the_server_is_elsewhere(browser: Browser, server: str) -> None:
    # http://127.0.0.1:80800 begins with http://127.0.0.1:8080, but is another place.
    context = browser.new_context()
    watch = Watch(server[:-1])
    watch.attach(context)
    page = context.new_page()
    page.goto(server)
    context.close()
    assert watch.problems


def test_names_are_not_looked_up(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.com/")
    context.close()
