"""传阅, 代理, 批量办理 and 挂起 in a real browser: by keyboard, at both widths, for screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import expect

from engine import ProcessEngine, commands, queries
from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import faults_of_all, sign_in
from tests.support import toy
from tests.support.town import start_town


@dataclass(frozen=True)
class Handled:
    """A town in which a case is handed round, another stands still, and somebody is a deputy with two like tasks."""

    address: str
    engine: ProcessEngine
    case: str
    still: str


@pytest.fixture(scope="module")
def handled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handled]:
    folder = tmp_path_factory.mktemp("handled")
    engine = toy.open_toy(folder)
    case, still = toy.filled_requisition(engine), toy.filled_requisition(engine)
    for _ in range(2):
        toy.reported_repair(engine)
    commands.circulate_case(engine, toy.CLERK, case, [toy.GUARD, toy.VICE, toy.STORE], "请安排。")
    commands.confirm_reading(engine, toy.STORE, queries.to_read(engine, toy.STORE).items[0].id, "已安排。")
    commands.urge_task(engine, toy.CLERK, toy.open_task(engine, toy.KEEPER, "核对库存"), "等着用")
    commands.suspend_case(engine, toy.HEAD, still, "等上级批复")
    first, last = date(2026, 11, 24), date(2026, 11, 30)
    commands.give_delegation(engine, toy.HEAD, "", "代理", toy.HEAD, toy.FIXER, first, last, "外出学习")
    commands.add_shared_phrase(engine, toy.ADMIN, "同意。")
    with start_town(folder, engine) as address:
        yield Handled(address, engine, case, still)


@pytest.fixture(scope="module")
def server(handled: Handled) -> str:
    return handled.address


def addresses(town: Handled) -> list[tuple[str, str, str]]:
    """Name, person and address of every page of these verbs."""
    tasks = [item.id for item in queries.inbox(town.engine, toy.FIXER).items if item.in_batches]
    stands = next(item.id for item in queries.inbox(town.engine, toy.KEEPER).items if item.suspended)
    return [
        ("inbox-deputy", toy.FIXER, "/tasks"),
        ("batch", toy.FIXER, "/batch?" + "&".join(f"task={each}" for each in tasks)),
        ("to-read", toy.VICE, "/tasks?tab=read"),
        ("case-to-read", toy.VICE, f"/cases/{town.case}"),
        ("case-circulated", toy.CLERK, f"/cases/{town.case}"),
        ("circulate", toy.CLERK, f"/cases/{town.case}/circulate"),
        ("case-suspended", toy.HEAD, f"/cases/{town.still}"),
        ("task-suspended", toy.KEEPER, f"/tasks/{stands}"),
        ("suspend", toy.HEAD, f"/cases/{town.case}/suspend"),
        ("resume", toy.HEAD, f"/cases/{town.still}/resume"),
        ("delegations", toy.HEAD, "/delegations"),
        ("phrases-shared", toy.HEAD, "/phrases"),
    ]


def test_every_page_is_accessible_and_fits_its_width(
    new_page: NewPage, handled: Handled, screenshot: Screenshot
) -> None:
    assert faults_of_all(new_page, addresses(handled), screenshot) == []


def test_several_tasks_are_done_with_the_keyboard_alone(new_page: NewPage, handled: Handled) -> None:
    page = sign_in(new_page(), toy.OTHER_FIXER)
    page.goto("/tasks")
    boxes = page.locator("input[name=task]")
    expect(boxes).to_have_count(2)
    for number in range(2):
        boxes.nth(number).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="批量办理勾选的任务").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("批量办理：维修")
    page.locator("textarea[name='维修结果']").focus()
    page.keyboard.type("换了灯管。")
    page.keyboard.press("Tab")
    page.locator(".foot .btn.main").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#outcome-title")).to_contain_text("办成 2 件")
    assert queries.inbox(handled.engine, toy.OTHER_FIXER).total == 0


def test_a_case_handed_round_is_confirmed(new_page: NewPage, handled: Handled) -> None:
    page = sign_in(new_page(390), toy.GUARD)
    page.goto("/tasks?tab=read")
    page.locator("a.task").click()
    page.get_by_label("阅后意见（可以不写）").fill("好的。")
    page.get_by_role("button", name="已阅").click()
    expect(page.locator(".notice")).to_contain_text("已确认阅过")
    assert queries.inbox_counts(handled.engine, toy.GUARD)["to_read"] == 0
