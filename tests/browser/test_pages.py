"""The pages in a real browser: by keyboard, without scripts, on a phone, for screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import pytest
from playwright.sync_api import Page, expect

from engine import ProcessEngine, commands, queries
from engine.clock import FixedClock
from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import faults, faults_of_all, sign_in
from tests.browser.office import DESKTOP, PHONE
from tests.support import toy
from tests.support.town import start_town


@dataclass(frozen=True)
class ToyTown:
    """A town in the middle of its work: `task` and `case` are a clerk's, `repair` has a button."""

    address: str
    engine: ProcessEngine
    task: str
    case: str
    repair: str
    late: str


@pytest.fixture(scope="module")
def toy_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyTown]:
    folder = tmp_path_factory.mktemp("pages")
    engine = toy.open_toy(folder)
    clock = cast(FixedClock, engine.clock)
    clock.set(toy.START - timedelta(days=5))
    day = (toy.START - timedelta(days=5)).date().isoformat()
    late, first = toy.start_requisition(engine)
    commands.complete_user_task(engine, toy.CLERK, first, {**toy.FILLED, "用途": "车间照明", "领用日期": day})
    repair = toy.reported_repair(engine)
    clock.set(toy.START)
    commands.drain(engine)
    case = toy.filled_requisition(engine)
    task = toy.start_requisition(engine)[1]
    commands.add_phrase(engine, toy.HEAD, "情况属实，同意领用。")
    with start_town(folder, engine) as address:
        yield ToyTown(address, engine, task, case, repair, late)


@pytest.fixture(scope="module")
def server(toy_town: ToyTown) -> str:
    return toy_town.address


def test_a_task_is_worked_with_the_keyboard_alone(new_page: NewPage, toy_town: ToyTown) -> None:
    case, task = toy.start_requisition(toy_town.engine)
    page = sign_in(new_page(), toy.CLERK)
    page.goto(f"/tasks/{task}")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "input[name='用途']")
    page.keyboard.type("换门锁")
    tab_to(page, "input[name='紧急']")
    tab_to(page, "input[name='去向'][value='办公室']")
    page.keyboard.press("Space")
    tab_to(page, "input[name='物品.0.名称']")
    page.keyboard.type("门锁")
    tab_to(page, "input[name='物品.0.数量']")
    page.keyboard.type("2")
    tab_to(page, "button[name='_add.物品']")
    page.keyboard.press("Enter")
    expect(page.locator("input[name='物品.1.名称']")).to_be_visible()
    expect(page.locator("#f-物品")).to_be_focused()
    tab_to(page, "button[name='_remove.物品.1']")
    page.keyboard.press("Enter")
    expect(page.locator("input[name='物品.1.名称']")).to_have_count(0)
    expect(page.locator("input[name='物品.0.名称']")).to_have_value("门锁")
    # Enter in a field submits the form; it must not press a button of a row.
    page.locator("input[name='用途']").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("已提交")
    done = queries.case_view(toy_town.engine, toy.CLERK, case).variables
    assert (done["用途"], done["去向"]) == ("换门锁", ["办公室"])
    assert [row["名称"] for row in done["物品"]] == ["门锁"]


def tab_to(page: Page, selector: str, limit: int = 60) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(limit):
        if page.evaluate("(selector) => Boolean(document.activeElement?.matches(selector))", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached with the Tab key")


def test_the_focus_can_be_seen(page: Page, toy_town: ToyTown) -> None:
    sign_in(page, toy.CLERK).goto(f"/tasks/{toy_town.task}")
    for selector in ("input[name='用途']", "button[name='_add.物品']", ".nav a"):
        page.locator(selector).first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        style = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid", selector


def test_the_summary_of_mistakes_takes_the_focus_and_leads_to_the_field(
    new_page: NewPage, toy_town: ToyTown, screenshot: Screenshot
) -> None:
    for width in (DESKTOP, PHONE):
        page = sign_in(new_page(width, expected=["status of 422"]), toy.CLERK)
        page.goto(f"/tasks/{toy_town.task}")
        page.get_by_label("紧急", exact=True).check()
        page.get_by_role("button", name="提交，送核对和审批").last.click()
        summary = page.locator("[data-errors]")
        expect(summary).to_be_focused()
        expect(summary).to_contain_text("请填写“用途”。")
        assert faults(page) == []
        screenshot(page, f"errors-{width}")
        summary.get_by_role("link", name="请填写“用途”。").click()
        expect(page.locator("input[name='用途']")).to_be_focused()


def test_common_opinions_and_the_draft_that_saves_itself(new_page: NewPage, toy_town: ToyTown) -> None:
    task = toy.open_task(toy_town.engine, toy.HEAD, "主管审批")
    page = sign_in(new_page(), toy.HEAD)
    page.goto(f"/tasks/{task}")
    page.get_by_role("button", name="情况属实，同意领用。").click()
    expect(page.locator("textarea[name='审批意见']")).to_have_value("情况属实，同意领用。")
    page.evaluate(
        """() => {
            Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    expect(page.locator("[data-saved]")).to_have_text("09:00 已自动保存")
    page.reload()
    expect(page.locator("textarea[name='审批意见']")).to_have_value("情况属实，同意领用。")


def test_without_scripts_a_task_can_be_done(new_page: NewPage, toy_town: ToyTown) -> None:
    _case, task = toy.start_requisition(toy_town.engine)
    page = sign_in(new_page(javascript=False), toy.CLERK)
    page.goto(f"/tasks/{task}")
    page.locator("input[name='用途']").fill("换锁")
    page.locator("button[name='_add.物品']").click()
    for row in (0, 1):
        page.locator(f"input[name='物品.{row}.名称']").fill(f"锁{row}")
        page.locator(f"input[name='物品.{row}.数量']").fill("1")
    page.locator("button[name='_up.物品.1']").click()
    expect(page.locator("input[name='物品.0.名称']")).to_have_value("锁1")
    page.locator("input[type=file]").set_input_files(
        {"name": "清单.txt", "mimeType": "text/plain", "buffer": "两把锁".encode()}
    )
    page.get_by_role("button", name="提交，送核对和审批").last.click()
    expect(page.locator(".notice")).to_contain_text("已提交")


def test_the_diagram_shows_where_the_case_is(new_page: NewPage, toy_town: ToyTown) -> None:
    page = sign_in(new_page(), toy.HEAD)
    page.goto(f"/cases/{toy_town.case}")
    expect(page.locator(".gc-diagram [data-element-id=r_fill].gc-done")).to_have_count(1)
    expect(page.locator(".gc-diagram [data-element-id=r_stock].gc-now")).to_have_count(1)
    expect(page.locator(".gc-diagram [data-element-id=r_give].gc-now")).to_have_count(0)


def addresses(town: ToyTown) -> list[tuple[str, str, str]]:
    """Name, person and address of every kind of page."""
    head_task = toy.open_task(town.engine, toy.HEAD, "主管审批")
    return [
        ("signin", "", "/signin"),
        ("inbox", toy.KEEPER, "/tasks"),
        ("task", toy.CLERK, f"/tasks/{town.task}"),
        ("task-approve", toy.HEAD, f"/tasks/{head_task}"),
        ("transfer", toy.HEAD, f"/tasks/{head_task}/transfer"),
        ("preview", toy.CLERK, f"/tasks/{town.task}/preview/0"),
        ("done", toy.CLERK, "/done"),
        ("started", toy.CLERK, "/started"),
        ("start", toy.CLERK, "/start"),
        ("cases", toy.HEAD, "/cases"),
        ("case", toy.HEAD, f"/cases/{town.late}"),
        ("case-part", toy.KEEPER, f"/cases/{town.late}"),
        ("case-button", toy.CLERK, f"/cases/{town.repair}"),
        ("button", toy.CLERK, f"/cases/{town.repair}/buttons/p_withdrawn"),
        ("copy", toy.CLERK, f"/cases/{town.case}/copy"),
        ("document", toy.CLERK, "/documents/1"),
        ("notifications", toy.HEAD, "/notifications"),
        ("phrases", toy.HEAD, "/phrases"),
        ("people", toy.CLERK, "/people"),
        ("office-head", toy.HEAD, "/office"),
        ("office-admin", toy.ADMIN, "/office"),
        ("clock", toy.CLERK, "/demo/clock"),
        ("empty", toy.GUARD, "/tasks"),
        ("english", toy.KEEPER, "/tasks?lang=en"),
    ]


def test_every_page_is_accessible_and_fits_its_width(
    new_page: NewPage, toy_town: ToyTown, screenshot: Screenshot
) -> None:
    assert faults_of_all(new_page, addresses(toy_town), screenshot, (DESKTOP, 1024, PHONE)) == []


def test_on_a_phone_list_and_task_are_two_pages_and_the_button_stays_in_reach(
    new_page: NewPage, toy_town: ToyTown
) -> None:
    page = sign_in(new_page(PHONE, 844), toy.KEEPER)
    page.goto("/tasks")
    expect(page.locator(".list")).to_be_visible()
    page.locator("a.task").first.click()
    expect(page.locator(".list")).to_be_hidden()
    submit = page.locator(".foot .btn.main")
    page.locator(".sheet-card").scroll_into_view_if_needed()
    expect(submit).to_be_in_viewport()
    page.locator("a.back").click()
    expect(page.locator(".list")).to_be_visible()
