"""Procedures in words in a real browser: for screen readers, on a phone, on paper, with working leaps."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import faults, sign_in

PERSON = "chendengji"
LARGEST = "request_document"


def opened(new_page: NewPage, address: str, width: int = 1440, **options: object) -> Page:
    page = sign_in(new_page(width, 900, **options), PERSON)
    page.goto(address)
    return page


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(
    ("name", "address"), [("procedures", "/procedures"), ("outline", f"/procedures/{LARGEST}/outline")]
)
def test_the_pages_fit_and_are_accessible(
    new_page: NewPage, screenshot: Screenshot, name: str, address: str, width: int
) -> None:
    page = opened(new_page, address, width)
    assert faults(page) == []
    screenshot(page, f"{name}-{width}")


def test_one_reads_goes_on_and_goes_back(new_page: NewPage) -> None:
    page = opened(new_page, "/procedures", javascript=False)
    page.locator("a[href='/procedures/minutes/outline']").click()
    steps = page.locator(".outline li[data-element]")
    assert steps.count() > 20
    numbers = [text.rstrip(".") for text in page.locator(".outline .no").all_inner_texts()]
    assert numbers == [str(each) for each in range(1, steps.count() + 1)]
    leap = page.locator(".outline .leap", has_text="回到").first
    target = leap.get_by_role("link").get_attribute("href") or ""
    leap.get_by_role("link").click()
    expect(page.locator(f'[id="{target[1:]}"]')).to_be_in_viewport()
    page.locator(".outline .basis a").first.click()
    expect(page.locator(".clause:target")).to_be_in_viewport()


def test_on_paper_there_is_only_the_procedure(new_page: NewPage) -> None:
    page = opened(new_page, f"/procedures/{LARGEST}/outline")
    page.emulate_media(media="print")
    expect(page.locator(".nav")).to_be_hidden()
    expect(page.get_by_role("button", name="打印")).to_be_hidden()
    expect(page.locator("#steps-title")).to_be_visible()
    # Nothing of the long list is cut off by a scrolling frame.
    inside = "() => document.querySelector('.outline').getBoundingClientRect().bottom <= document.documentElement.scrollHeight"
    assert page.evaluate(inside)
