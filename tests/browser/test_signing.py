"""Signing, entrusting and changing rounds in a real browser: by keyboard, on a phone, for screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from engine import ProcessEngine, commands, queries
from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import faults_of_all, sign_in
from tests.support import toy
from tests.support.town import start_town


@dataclass(frozen=True)
class Signing:
    """Tasks in every state between several people."""

    address: str
    engine: ProcessEngine
    before: str
    after: str
    entrusted: str
    plain: str
    repair: str


def stock(engine: ProcessEngine) -> str:
    case = toy.filled_requisition(engine)
    return next(each.id for each in queries.inbox(engine, toy.KEEPER).items if each.instance_id == case)


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signing]:
    folder: Path = tmp_path_factory.mktemp("signing")
    engine = toy.open_toy(folder)
    repair = toy.reported_repair(engine)
    commands.add_phrase(engine, toy.FIXER, "情况属实，同意。")
    before, after, entrusted, plain = (stock(engine) for _ in range(4))
    for login, place in ((toy.FIXER, "before"), (toy.VICE, "before"), (toy.GUARD, "after")):
        commands.add_signer(engine, toy.KEEPER, before, login, place, "请看库存数量是不是对得上")
    commands.sign_task(engine, toy.VICE, before, False, "数量不够，建议分两次发。")
    commands.add_signer(engine, toy.KEEPER, after, toy.FIXER, "after", "请复核")
    commands.complete_user_task(engine, toy.KEEPER, after, {"库存足够": "足够", "核对说明": "货架上还有"})
    commands.delegate_task(engine, toy.KEEPER, entrusted, toy.GUARD, "请到仓库清点后填写")
    with start_town(folder, engine) as address:
        yield Signing(address, engine, before, after, entrusted, plain, repair)


@pytest.fixture(scope="module")
def server(signing: Signing) -> str:
    return signing.address


def addresses(signing: Signing) -> list[tuple[str, str, str]]:
    round_task = queries.open_task_of(signing.engine, signing.repair, "维修")
    return [
        ("signers-asked", toy.KEEPER, f"/tasks/{signing.before}"),
        ("sign-before", toy.FIXER, f"/tasks/{signing.before}"),
        ("signers-awaited", toy.KEEPER, f"/tasks/{signing.after}"),
        ("sign-after", toy.FIXER, f"/tasks/{signing.after}"),
        ("entrusted", toy.KEEPER, f"/tasks/{signing.entrusted}"),
        ("prepare", toy.GUARD, f"/tasks/{signing.entrusted}"),
        ("hand-back", toy.GUARD, f"/tasks/{signing.entrusted}/hand-back"),
        ("delegate", toy.KEEPER, f"/tasks/{signing.plain}/delegate"),
        ("add-signer", toy.KEEPER, f"/tasks/{signing.plain}/signers"),
        ("rounds", toy.HEAD, f"/cases/{signing.repair}"),
        ("add-instance", toy.HEAD, f"/tasks/{round_task}/instances"),
        ("remove-instance", toy.HEAD, f"/tasks/{round_task}/instances/remove"),
    ]


def test_the_pages_are_accessible_and_fit_their_width(
    new_page: NewPage, signing: Signing, screenshot: Screenshot
) -> None:
    assert faults_of_all(new_page, addresses(signing), screenshot) == []


def test_an_opinion_is_given_with_the_keyboard_alone(new_page: NewPage, signing: Signing) -> None:
    task = stock(signing.engine)
    commands.add_signer(signing.engine, toy.KEEPER, task, toy.OTHER_FIXER, "before", "请看数量")
    page = sign_in(new_page(expected=["status of 422"]), toy.OTHER_FIXER)
    page.goto(f"/tasks/{task}")
    page.locator("input[name=agree]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(page.locator("textarea[name=opinion]")).to_be_focused()
    page.keyboard.type("已阅")
    page.keyboard.press("Tab")
    expect(page.locator(".sign .btn.main")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-errors]")).to_contain_text("请写明具体意见")
    page.locator("textarea[name=opinion]").fill("数量对得上。")
    page.locator(".sign .btn.main").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("加签意见已提交")
    [line] = queries.task_view(signing.engine, toy.KEEPER, task).signing.signers
    assert (line.state, line.opinion) == ("agreed", "数量对得上。")
