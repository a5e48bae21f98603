"""A sheet that follows what is typed into it: fields that come and go, choices, sums; and what must not be disturbed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from engine import ProcessEngine
from tests.browser.conftest import NewPage
from tests.browser.looking import faults, sign_in
from tests.support import toy
from tests.support.town import start_town

PHONE = 390


def field(key: str, kind: str = "textfield", **more: Any) -> dict[str, Any]:
    return {"key": key, "label": key, "type": kind, **more}


def options(*labels: str) -> list[dict[str, str]]:
    return [{"label": label, "value": label} for label in labels]


SHEET = {
    "type": "default",
    "id": "r_fill",
    "schemaVersion": 16,
    "components": [
        field("类别", "radio", values=options("耗材", "工具"), validate={"required": True}),
        field(
            "品名",
            "select",
            properties={"可选值": "${['灯管', '电池'] if 类别 == '耗材' else ['扳手', '钳子']}"},
        ),
        field("单价", "number"),
        field("数量", "number", validate={"required": True}),
        field(
            "合计",
            "number",
            properties={"只读": "是", "初值": "${0 if 空(单价) or 空(数量) else 单价 * 数量}"},
        ),
        field("用途", validate={"required": True}),
        field(
            "说明",
            "textarea",
            properties={
                "显示条件": "${not 空(数量) and 数量 > 10}",
                "必填条件": "${not 空(数量) and 数量 > 10}",
            },
        ),
        field("批语", "textarea", properties={"初值": "${'准予借用。' if 类别 == '工具' else ''}"}),
        field("领用日期", "datetime", subtype="date", properties={"初值": "${今天()}"}),
        {"type": "text", "text": "用于${用途}。"},
        field("附件", "filepicker", multiple=True, properties={"显示条件": "${类别 != '工具'}"}),
        field(
            "明细",
            "dynamiclist",
            properties={"最少行": "${2}"},
            components=[
                field("名称"),
                field("件数", "number"),
                field("双份", "number", properties={"只读": "是", "初值": "${0 if 空(件数) else 件数 * 2}"}),
                field("备注", properties={"显示条件": "${not 空(件数) and 件数 > 5}"}),
            ],
        ),
    ],
}
BUTTON = {
    "type": "default",
    "id": "p_withdrawn",
    "schemaVersion": 16,
    "components": [
        field("撤回理由", "radio", values=options("修好了", "其他"), validate={"required": True}),
        field(
            "其他理由", properties={"显示条件": "${撤回理由 == '其他'}", "必填条件": "${撤回理由 == '其他'}"}
        ),
    ],
}


@dataclass(frozen=True)
class ToyTown:
    address: str
    engine: ProcessEngine


@pytest.fixture(scope="module")
def toy_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyTown]:
    folder = tmp_path_factory.mktemp("reacting")
    files = {"requisition/forms/r_fill.form": SHEET, "repair/forms/p_withdrawn.form": BUTTON}
    engine = toy.open_toy(folder, files={path: json.dumps(form) for path, form in files.items()})
    with start_town(folder, engine) as address:
        yield ToyTown(address, engine)


@pytest.fixture(scope="module")
def server(toy_town: ToyTown) -> str:
    return toy_town.address


OpenSheet = Callable[..., Page]


@pytest.fixture
def open_sheet(new_page: NewPage, toy_town: ToyTown) -> OpenSheet:
    """A clerk at a new, empty sheet."""

    def opened(width: int = 1440, **watched: Any) -> Page:
        page = sign_in(new_page(width, **watched), toy.CLERK)
        page.goto(f"/tasks/{toy.start_requisition(toy_town.engine)[1]}")
        return page

    return opened


def at(page: Page, name: str) -> Any:
    return page.locator(f"[name='{name}']")


def total(page: Page) -> Any:
    return page.locator("[data-field='合计'] .read")


def test_what_depends_on_an_entry_follows_while_one_types(open_sheet: OpenSheet) -> None:
    page = open_sheet()
    expect(page.get_by_role("button", name="重新计算")).to_be_hidden()
    expect(at(page, "说明")).to_have_count(0)
    at(page, "单价").click()
    page.keyboard.type("3", delay=30)
    page.keyboard.press("Tab")
    page.keyboard.type("12", delay=30)
    expect(total(page)).to_have_text("36")
    expect(at(page, "说明")).to_be_visible()
    expect(at(page, "说明")).to_have_attribute("aria-required", "true")
    expect(at(page, "数量")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(at(page, "说明")).to_have_count(0)
    expect(total(page)).to_have_text("3")


def test_choices_follow_and_nothing_else_chosen_is_lost(open_sheet: OpenSheet) -> None:
    page = open_sheet()
    at(page, "品名").select_option("扳手")
    page.get_by_label("耗材", exact=True).check()
    expect(at(page, "品名").locator("option")).to_have_text(["请选择", "灯管", "电池"])
    expect(at(page, "品名")).to_have_value("")
    at(page, "品名").select_option("电池")
    at(page, "数量").fill("20")
    expect(at(page, "说明")).to_be_visible()
    expect(at(page, "品名")).to_have_value("电池")
    expect(page.get_by_label("耗材", exact=True)).to_be_checked()
    expect(page.locator(".choice label.on")).to_have_text("耗材")


def test_what_is_prefilled_follows_until_somebody_changes_it(open_sheet: OpenSheet) -> None:
    page = open_sheet()
    page.get_by_label("工具", exact=True).check()
    expect(at(page, "批语")).to_have_value("准予借用。")
    page.get_by_label("耗材", exact=True).check()
    expect(at(page, "批语")).to_have_value("")
    page.get_by_label("工具", exact=True).check()
    expect(at(page, "批语")).to_have_value("准予借用。")
    at(page, "批语").fill("准予借用一周。")
    page.get_by_label("耗材", exact=True).check()
    expect(at(page, "品名").locator("option")).to_have_text(["请选择", "灯管", "电池"])
    expect(at(page, "批语")).to_have_value("准予借用一周。")


def test_nothing_is_called_wrong_before_it_has_been_submitted(open_sheet: OpenSheet) -> None:
    page = open_sheet(expected=["status of 422"])
    for row in (0, 1):
        at(page, f"明细.{row}.名称").fill("灯管")
    at(page, "数量").fill("很多")
    page.get_by_label("耗材", exact=True).check()
    expect(at(page, "品名").locator("option")).to_have_text(["请选择", "灯管", "电池"])
    expect(page.locator(".error")).to_have_count(0)
    expect(at(page, "数量")).to_have_value("很多")
    page.locator(".foot .btn.main").click()
    expect(page.locator("[data-errors] li")).to_have_count(2)
    # What was wrong stays told until it is right; what has come since is not judged before the next submission.
    at(page, "数量").fill("12")
    expect(at(page, "说明")).to_be_visible()
    expect(page.locator("[data-errors] li")).to_have_text(["请填写“用途”。"])
    expect(page.locator(".error")).to_have_text(["请填写“用途”。"])
    at(page, "用途").fill("换灯")
    expect(page.locator("[data-errors]")).to_have_count(0)
    expect(page.locator(".error")).to_have_count(0)


def test_the_caret_stays_where_one_types_and_the_sentence_follows(open_sheet: OpenSheet) -> None:
    page = open_sheet()
    at(page, "用途").fill("更换灯管")
    expect(page.locator(".note", has_text="用于")).to_have_text("用于更换灯管。")
    page.evaluate("document.querySelector(\"[name='用途']\").setSelectionRange(2, 2)")
    page.keyboard.type("走廊", delay=30)
    expect(page.locator(".note", has_text="用于")).to_have_text("用于更换走廊灯管。")
    page.keyboard.type("的 ")
    expect(page.locator(".note", has_text="用于")).to_have_text("用于更换走廊的 灯管。")
    expect(at(page, "用途")).to_have_value("更换走廊的 灯管")
    caret = page.evaluate("document.querySelector(\"[name='用途']\").selectionStart")
    assert caret == len("更换走廊的 ")


def test_rows_are_worked_out_each_for_itself(open_sheet: OpenSheet) -> None:
    page = open_sheet()
    at(page, "明细.1.名称").fill("灯管")
    at(page, "明细.1.件数").click()
    page.keyboard.type("6", delay=30)
    row = page.locator("table.sheet tbody tr").nth(1)
    expect(row.locator("td.ro .read")).to_have_text("12")
    expect(at(page, "明细.1.备注")).to_be_visible()
    expect(at(page, "明细.0.备注")).to_have_count(0)
    expect(at(page, "明细.1.件数")).to_be_focused()
    page.keyboard.press("Tab")
    expect(at(page, "明细.1.备注")).to_be_focused()
    page.keyboard.type("易碎")
    at(page, "明细.0.件数").fill("1")
    expect(page.locator("table.sheet tbody tr").nth(0).locator("td.ro .read")).to_have_text("2")
    expect(at(page, "明细.1.备注")).to_have_value("易碎")
    expect(at(page, "明细.1.名称")).to_have_value("灯管")


class Gate:
    """Holds the answers to a page's questions back until they are let through by number, counted from 0."""

    def __init__(self, page: Page) -> None:
        self.held: list[Route] = []
        page.route("**/tasks/*", self._hold)

    def _hold(self, route: Route) -> None:
        body = route.request.post_data or ""
        if route.request.method == "POST" and "_refresh" in body:
            self.held.append(route)
        else:
            route.continue_()

    def wait_for(self, page: Page, count: int) -> None:
        for _ in range(100):
            if len(self.held) >= count:
                return
            page.wait_for_timeout(50)
        pytest.fail(f"{len(self.held)} questions instead of {count}")


def test_an_answer_that_comes_too_late_changes_nothing(open_sheet: OpenSheet) -> None:
    page = open_sheet()
    gate = Gate(page)
    at(page, "单价").fill("3")
    gate.wait_for(page, 1)
    at(page, "数量").fill("12")
    gate.wait_for(page, 2)
    at(page, "数量").fill("4")
    gate.wait_for(page, 3)
    gate.held[2].continue_()
    expect(total(page)).to_have_text("12")
    for late in gate.held[:2]:
        late.continue_()
    page.wait_for_timeout(300)
    expect(total(page)).to_have_text("12")
    expect(at(page, "说明")).to_have_count(0)
    expect(at(page, "数量")).to_have_value("4")


def test_what_is_typed_while_the_answer_is_under_way_stays(open_sheet: OpenSheet) -> None:
    page = open_sheet()
    gate = Gate(page)
    at(page, "数量").fill("12")
    gate.wait_for(page, 1)
    # Nothing depends on this one, so no new question is asked; the answer that comes does not know of it.
    at(page, "明细.0.名称").fill("灯管")
    page.get_by_label("工具", exact=True).focus()
    gate.held[0].continue_()
    expect(at(page, "说明")).to_be_visible()
    expect(at(page, "明细.0.名称")).to_have_value("灯管")
    expect(page.get_by_label("工具", exact=True)).to_be_focused()


def test_without_the_server_the_button_comes_back_and_nothing_is_lost(open_sheet: OpenSheet) -> None:
    page = open_sheet(expected=["net::ERR_FAILED"])
    page.route("**/tasks/*", lambda route: route.abort())
    at(page, "数量").fill("12")
    again = page.get_by_role("button", name="重新计算")
    expect(again).to_be_visible()
    expect(at(page, "数量")).to_have_value("12")
    page.unroute("**/tasks/*")
    again.click()
    expect(at(page, "说明")).to_be_visible()
    expect(at(page, "数量")).to_have_value("12")


def test_chosen_files_and_what_was_typed_survive_also_a_field_that_comes_back(open_sheet: OpenSheet) -> None:
    page = open_sheet()
    at(page, "_files.附件").set_input_files({"name": "清单.txt", "mimeType": "", "buffer": "两把锁".encode()})
    at(page, "数量").fill("12")
    at(page, "说明").fill("整层更换")
    chosen = "document.querySelector(\"[name='_files.附件']\").files.length"
    assert page.evaluate(chosen) == 1
    page.get_by_label("工具", exact=True).check()
    expect(at(page, "_files.附件")).to_have_count(0)
    at(page, "数量").fill("1")
    expect(at(page, "说明")).to_have_count(0)
    page.get_by_label("耗材", exact=True).check()
    at(page, "数量").fill("120")
    expect(at(page, "说明")).to_have_value("整层更换")
    expect(at(page, "_files.附件")).to_be_visible()
    assert page.evaluate(chosen) == 1
    at(page, "用途").fill("换灯")
    for row in (0, 1):
        at(page, f"明细.{row}.名称").fill("灯管")
    page.locator(".foot .btn.main").click()
    expect(page.locator(".notice")).to_contain_text("已提交")


def test_a_character_being_composed_is_not_disturbed(open_sheet: OpenSheet) -> None:
    page = open_sheet()
    gate = Gate(page)
    at(page, "用途").focus()
    page.evaluate(
        """() => {
            const input = document.querySelector("[name='用途']");
            input.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
            input.value = 'huan';
            input.dispatchEvent(new InputEvent('input', { bubbles: true, isComposing: true }));
        }"""
    )
    page.wait_for_timeout(600)
    assert gate.held == []
    page.evaluate(
        """() => {
            const input = document.querySelector("[name='用途']");
            input.value = '换';
            input.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
        }"""
    )
    gate.wait_for(page, 1)
    gate.held[0].continue_()
    expect(page.locator(".note", has_text="用于")).to_have_text("用于换。")


def test_the_form_of_a_button_follows_too(new_page: NewPage, toy_town: ToyTown) -> None:
    case = toy.reported_repair(toy_town.engine)
    page = sign_in(new_page(PHONE), toy.CLERK)
    page.goto(f"/cases/{case}/buttons/p_withdrawn")
    page.get_by_label("其他", exact=True).check()
    expect(at(page, "其他理由")).to_be_visible()
    assert faults(page) == []
    at(page, "其他理由").fill("换了房间")
    # There is no draft of a button's form: leaving the page for a moment must not try to save one.
    page.evaluate(
        """() => {
            Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    page.get_by_role("button", name="撤回报修").last.click()
    expect(page.locator(".notice")).to_contain_text("操作已生效")


def test_without_scripts_the_button_asks(open_sheet: OpenSheet) -> None:
    page = open_sheet(javascript=False)
    at(page, "数量").fill("12")
    page.get_by_role("button", name="重新计算").click()
    expect(at(page, "说明")).to_be_visible()
    expect(at(page, "数量")).to_have_value("12")
