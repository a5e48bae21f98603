"""The form editor in a real browser: a field added, put in order, looked at, saved; by keyboard, on a phone, without scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import faults, sign_in

OWNER = "fanghuitu"
KEY, FORM = "countersign", "q_reply"
LIST, PAGE = f"/workshop/{KEY}/forms", f"/workshop/{KEY}/forms/{FORM}"

Open = Callable[..., Page]


@pytest.fixture
def opened(new_page: NewPage) -> Open:
    """Opens a page of the form editor, beginning a draft when there is none."""

    def open_page(url: str, width: int = 1440, **watched: object) -> Page:
        page = sign_in(new_page(width, 900, **watched), OWNER)
        page.goto(f"/workshop/{KEY}")
        if page.get_by_role("button", name="开始修改").count():
            page.get_by_role("button", name="开始修改").click()
        page.goto(url)
        return page

    return open_page


def fields(page: Page) -> list[str]:
    """The labels of the saved form, in their order."""
    answer = page.request.get(f"/workshop/{KEY}/draft", headers={"Accept": "application/json"})
    components = json.loads(answer.json()["files"][f"forms/{FORM}.form"])["components"]
    return [str(each.get("label") or each.get("text")) for each in components]


def accessible(page: Page) -> None:
    assert faults(page) == []


def test_a_field_is_added_seen_saved_and_put_in_order(opened: Open, screenshot: Screenshot) -> None:
    page = opened(PAGE)
    before = fields(page)
    accessible(page)
    screenshot(page, "form-editor-1440", whole=False)
    page.get_by_label("加一个").select_option(label="单选，平铺")
    page.get_by_role("button", name="加字段").click()
    looks = page.locator("[data-part=looks]")
    expect(looks).to_contain_text("填好名称以后")
    # What is typed is seen at once, as it will stand in the form.
    page.get_by_label("名称", exact=False).first.fill("是否需要面谈")
    page.get_by_label("固定的选项").fill("需要\n不需要")
    expect(looks.get_by_role("group", name="是否需要面谈")).to_be_visible()
    expect(looks.get_by_role("radio", name="不需要")).to_be_attached()
    accessible(page)
    screenshot(page, "form-field-1440", whole=False)
    # The inputs follow the type; what has been typed stays.
    page.get_by_label("类型", exact=True).select_option(label="多行文字")
    expect(page.get_by_label("固定的选项")).to_have_count(0)
    expect(looks.locator("textarea")).to_be_visible()
    page.get_by_label("类型", exact=True).select_option(label="单选，下拉")
    page.get_by_label("固定的选项").fill("需要\n不需要")
    expect(page.locator("#i-label")).to_have_value("是否需要面谈")
    page.get_by_role("button", name="保存").last.click()
    expect(page.locator(".notice").first).to_contain_text("已保存")
    assert fields(page) == [*before, "是否需要面谈"]
    # The keyboard goes on where the field stands: up twice.
    up = page.get_by_role("button", name="上移：是否需要面谈")
    up.press("Enter")
    for position in (len(before) - 1, len(before) - 2):
        page.wait_for_url(re.compile(rf"#c-{position}$"))
        expect(up).to_be_focused()
        if position > len(before) - 2:
            page.keyboard.press("Enter")
    assert fields(page) == [*before[:-2], "是否需要面谈", *before[-2:]]
    # Both rows are in sight, as they are for somebody who drags.
    rows = page.locator(".form-fields > li")
    rows.filter(has_text="是否需要面谈").drag_to(rows.nth(len(before) - 5))
    expect(rows.nth(len(before) - 5)).to_contain_text("是否需要面谈")
    assert fields(page).index("是否需要面谈") == len(before) - 5
    page.get_by_role("button", name="删去：是否需要面谈").click()
    expect(page.locator(".notice").first).to_contain_text("字段已删去")
    assert fields(page) == before
    page.get_by_role("button", name="撤销上一次保存").click()
    expect(rows.nth(len(before) - 5)).to_contain_text("是否需要面谈")


def test_the_form_can_be_tried_out_beside_its_fields(opened: Open) -> None:
    page = opened(PAGE)
    sheet = page.locator("form[data-sheet]")
    sheet.get_by_role("radio", name="不同意").check()
    expect(sheet.get_by_text("理由和依据").locator(".req")).to_be_visible()
    sheet.get_by_role("button", name="试着提交").click()
    expect(page.locator("[data-errors]")).to_contain_text("理由和依据")


def test_a_mistake_is_told_at_its_place(opened: Open) -> None:
    page = opened(f"{PAGE}/fields/7", expected=["status of 422"])
    page.get_by_label("什么时候必填").fill("${会签意见 =}")
    expect(page.locator("[data-part=looks] .warning")).to_be_visible()
    page.get_by_role("button", name="保存").last.click()
    page.locator("[data-errors] a").first.click()
    expect(page.locator(":focus")).to_have_attribute("name", "required_when")
    expect(page.get_by_label("什么时候必填")).to_have_value("${会签意见 =}")
    accessible(page)


def test_it_works_on_a_phone(opened: Open, screenshot: Screenshot) -> None:
    for number, url in enumerate((LIST, PAGE, f"{PAGE}/fields/7", f"{PAGE}/example")):
        page = opened(url, 390)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{url} is {wide} pixels wide"
        accessible(page)
        screenshot(page, f"form-editor-{number}-390")


def test_it_works_without_scripts(opened: Open) -> None:
    page = opened(f"{PAGE}/new?type=textfield", javascript=False)
    page.locator("#i-label").fill("联系电话")
    page.get_by_role("button", name="看看样子").click()
    expect(page.locator("[data-part=looks]")).to_contain_text("联系电话")
    page.get_by_role("button", name="保存").last.click()
    assert "联系电话" in fields(page)


def test_a_template_is_seen_while_it_is_written(opened: Open, screenshot: Screenshot) -> None:
    page = opened(LIST)
    page.locator("a", has_text=".html").first.click()
    text = page.get_by_label("模板", exact=True)
    before = text.input_value()
    text.fill(before + "\n<p>附注一行</p>")
    expect(page.locator("[data-part=looks] .doc")).to_contain_text("附注一行")
    accessible(page)
    screenshot(page, "form-template-1440", whole=False)
    text.fill(before + "{% if %}")
    expect(page.locator("[data-part=looks] .warning")).to_contain_text("行：")


def test_form_editor_and_modeller_are_not_in_each_others_way(opened: Open) -> None:
    page = opened(f"/workshop/{KEY}", expected=["status of 409"])
    expect(page.locator("#gc-canvas")).to_have_attribute("aria-busy", "false")
    # The modeller notices by itself now and then; here it shall only notice when it saves.
    page.route("**/draft/state", lambda route: route.fulfill(json={"revision": 0}))
    forms = page.context.new_page()
    forms.goto(f"{PAGE}/new?type=text")
    forms.locator("#i-text").fill("请当日反馈。")
    forms.get_by_role("button", name="保存").last.click()
    expect(forms.locator(".notice").first).to_contain_text("已保存")
    page.evaluate(
        "() => { const m = window.guichengModeller.modeller;"
        " m.get('modeling').updateProperties(m.get('elementRegistry').get('q_reply'), { name: '反馈会签意见' }); }"
    )
    expect(page.locator("#gc-status")).to_have_text("已全部保存。")
    expect(page.get_by_role("dialog")).to_have_count(0)
    answer = page.request.get(f"/workshop/{KEY}/draft", headers={"Accept": "application/json"})
    assert 'name="反馈会签意见"' in answer.json()["files"][f"{KEY}.bpmn"]
    assert "请当日反馈。" in fields(page)
    forms.goto(f"{PAGE}/fields/0")
    forms.locator("#i-text").fill("会签的事项：${会签事项}")
    forms.get_by_role("button", name="保存").last.click()
    expect(forms.locator(".notice").first).to_contain_text("已保存")
