"""What a person does at a page, in words: sign in, open a task, fill in its sheet, submit. It knows no procedure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage

DESKTOP, PHONE = 1440, 390
HEIGHTS = {DESKTOP: 1080, PHONE: 932}

# Enough of each kind of file for the check that a file is what its name says.
CONTENTS = {"pdf": b"%PDF-1.4\n%%EOF\n"}


class Office:
    """The town with its people, each at a browser of their own."""

    def __init__(self, new_page: NewPage) -> None:
        self._new_page = new_page
        self._desks: dict[tuple[str, int], Desk] = {}

    def sign_in(self, name: str, width: int = DESKTOP, **watched: Any) -> Desk:
        """Sign in by one click on the list of demo people; asked again, the same browser comes back."""
        if (name, width) not in self._desks:
            page = self._new_page(width, HEIGHTS[width], **watched)
            page.goto("/signin")
            person = page.get_by_role("button").filter(has=page.locator("b").get_by_text(name, exact=True))
            login = person.get_attribute("value") or ""
            person.click()
            expect(page.locator("a[aria-current=page]").first).to_be_attached()
            self._desks[name, width] = Desk(page, name, login)
        return self._desks[name, width]

    def until(self, moment: str) -> None:
        """Let time pass in the demo town: `2026-03-05 09:00`."""
        desk = next(iter(self._desks.values()))
        answer = desk.page.request.post(
            "/api/v1/demo/clock",
            data={"now": moment.replace(" ", "T") + ":00+08:00"},
            headers={"Authorization": f"Bearer demo:{desk.login}"},
        )
        assert answer.ok, answer.text()


class Sheet:
    """Fields inside `scope`: a whole form, or a row of one of its tables."""

    def __init__(self, scope: Locator) -> None:
        self.scope = scope

    def fill(self, label: str, value: str) -> None:
        """Type into a field, or set a date."""
        self._field(label).fill(value)

    def choose(self, label: str, option: str) -> None:
        """Pick one of several answers, from a drop-down list or from answers side by side."""
        field = self._choice(label)
        if field.evaluate("(each) => each.tagName") == "SELECT":
            found = field.locator("option").filter(has_text=_answer(option))
            field.select_option(found.get_attribute("value"))
        else:
            field.get_by_label(_answer(option)).check()

    def mark(self, label: str, *options: str) -> None:
        """Add answers where several are allowed."""
        for option in options:
            self._choice(label).get_by_label(_answer(option)).check()

    def tick(self, label: str, on: bool = True) -> None:
        """Put a tick in a box, or take it away."""
        self._field(label).set_checked(on)

    def attach(self, label: str, file: str) -> None:
        """Choose a file of that name, with a content that suits its kind."""
        content = CONTENTS[file.rpartition(".")[2]]
        self._field(label).set_input_files({"name": file, "mimeType": "", "buffer": content})

    def shown(self, label: str) -> Locator:
        """What a field that cannot be filled in says."""
        heading = self.scope.page.locator(".label").get_by_text(label, exact=True)
        return self.scope.locator(".f").filter(has=heading).locator(".read")

    def _field(self, label: str) -> Locator:
        return self.scope.get_by_label(_named(label))

    def _choice(self, label: str) -> Locator:
        return self.scope.get_by_role("group", name=_named(label)).or_(
            self.scope.locator("select").and_(self._field(label))
        )


def _named(label: str) -> re.Pattern[str]:
    """A label as the page writes it: with the row in front, with the mark of what must be filled in behind."""
    return re.compile(rf"^(第 \d+ 行 )?{re.escape(label)} ?(\*|必填)*$")


def _answer(option: str) -> re.Pattern[str]:
    """An answer as the page writes it: behind a person's name stands the title."""
    return re.compile(rf"^{re.escape(option)}(，.*)?$")


@dataclass(frozen=True)
class Desk:
    """One person's browser, signed in."""

    page: Page
    name: str
    login: str

    # ---- finding the way

    def go(self, entry: str) -> None:
        """Follow an entry of the menu."""
        menu = self.page.get_by_role("navigation", name="主导航")
        menu.get_by_role("link", name=re.compile(rf"^{entry}( \d+)?$")).click()

    def waiting(self, task: str, about: str = "") -> Locator:
        """The lines of the inbox with a task of that name, of a case whose title contains `about`."""
        name = self.page.locator(".meta span").get_by_text(task, exact=True)
        return self.page.locator("a.task").filter(has=name).filter(has_text=about)

    def open_task(self, task: str, about: str = "") -> Sheet:
        """Open a task from the inbox."""
        self.inbox()
        self.waiting(task, about).click()
        return self.at_task(task)

    def at_task(self, task: str) -> Sheet:
        """The sheet of the task that is open."""
        expect(self.page.locator("#task-title")).to_contain_text(task)
        return Sheet(self.page.locator("form[data-sheet]"))

    def inbox(self) -> None:
        """Look at the list of open tasks afresh."""
        self.go("待办")
        expect(self.page.locator("h1.title")).to_contain_text("待办")

    def start(self, procedure: str, first_task: str) -> Sheet:
        """Start a procedure; its first task opens by itself."""
        self.go("发起事项")
        self.page.get_by_role("button", name=f"发起 {procedure}", exact=True).click()
        return self.at_task(first_task)

    def open_case(self, words: str) -> None:
        """Look a case up in the list of cases, by its title or number, and open it."""
        self.go("案卷")
        self.page.get_by_label("搜索案卷、编号、内容").fill(words)
        self.page.keyboard.press("Enter")
        found = self.page.locator("tbody tr").filter(has_text=words).first.locator("td[data-label=案卷] a")
        title = found.inner_text()
        found.click()
        expect(self.page.locator("h1")).to_contain_text(title)

    def open_button(self, case: str, button: str) -> Sheet:
        """Open what a button of a case asks before it is pressed."""
        self.open_case(case)
        self.page.get_by_role("link", name=button, exact=True).click()
        expect(self.page.locator("h1")).to_have_text(button)
        return Sheet(self.page.locator("main form"))

    def read_document(self, name: str) -> Locator:
        """Open a document of the case that is open; returns its text."""
        self.page.get_by_role("region", name="文书").get_by_role("link", name=re.compile(name)).click()
        return self.page.locator("main.doc")

    def turn_clock(self, moment: str) -> None:
        """Put the demo clock forward on its page: `2026-03-05 09:00`."""
        self.page.get_by_role("link", name="拨动时钟").click()
        self.page.get_by_label("拨到").fill(moment.replace(" ", "T"))
        self.page.get_by_role("button", name="拨动时钟", exact=True).click()
        self._accepted("演示时钟已拨动")

    # ---- tables

    def row(self, table: str, text: str) -> Sheet:
        """The row of a table that contains a text."""
        found = self.page.get_by_role("table", name=table, exact=True)
        return Sheet(found.locator("tbody tr").filter(has_text=text))

    # ---- sending

    def submit(self) -> None:
        """Press the main button; fails with the page's own sentence when the sheet is refused."""
        self.page.locator(".foot .btn.main").click()
        self._accepted("已提交，流程已转入下一步。")

    def submit_refused(self) -> Locator:
        """Press the main button and be refused; returns what the page says is wrong."""
        self.page.locator(".foot .btn.main").click()
        return self.page.locator("[data-errors]")

    def press(self, button: str) -> None:
        """Press the button of a case whose page is open."""
        self.page.locator("main form").get_by_role("button", name=button, exact=True).last.click()
        self._accepted("操作已生效。")

    def _accepted(self, sentence: str) -> None:
        answer = self.page.locator(".notice, [data-errors]")
        expect(answer.first).to_be_visible()
        refused = self.page.locator("[data-errors]")
        assert not refused.count(), f"{self.name}: {refused.inner_text()}"
        expect(answer).to_contain_text(sentence)
