"""Chinese by default, English by choice: every word of the pages has its translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from flask import Flask, g

from engine import ProcessEngine
from tests.support import toy
from tests.support.pages import words
from tests.web.conftest import Visit
from web.texts import day, moment, size

WEB = Path(__file__).parents[2] / "web"
CATALOGUE = WEB / "translations" / "en" / "LC_MESSAGES" / "messages.po"
SOURCES = sorted(
    path
    for path in (*WEB.glob("*.py"), *WEB.glob("workshop/*.py"))
    if path.name not in ("cli.py", "assets.py")
)
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
# The mark in the corner, and the name of the language one can change to.
PICTURES = {"规", "中文"}


def messages() -> Iterator[str]:
    for path in SOURCES:
        with path.open("rb") as file:
            for _line, message, _comments, _context in extract("python", file):
                yield str(message)
    for path in TEMPLATES:
        with path.open("rb") as file:
            for _line, message, _comments, _context in extract("jinja2.ext:babel_extract", file):
                yield str(message)


def test_every_word_is_translated_and_the_catalogue_has_no_others() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = {str(each.id): each for each in read_po(file) if each.id}
    used = set(messages())
    assert used - catalogue.keys() == set()
    assert catalogue.keys() - used == set()
    for key, message in catalogue.items():
        assert message.string, key
        assert not message.fuzzy, key
        assert not IDEOGRAPH.search(str(message.string)), key
        assert set(PLACEHOLDER.findall(str(message.string))) == set(PLACEHOLDER.findall(key)), key


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda path: path.relative_to(WEB / "templates").as_posix()
)
def test_no_template_shows_words_that_cannot_be_translated(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", template.read_text("utf-8"), flags=re.DOTALL)
    found = set(re.findall(r"[\u4e00-\u9fff]+", text))
    assert found - PICTURES == set()


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_sentence_of_the_pages_code_escapes_translation(source: Path) -> None:
    tree = ast.parse(source.read_text("utf-8"))
    marked, plain = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_"):
            marked.update(id(each) for each in ast.walk(node))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            marked.add(id(node.body[0].value))  # type: ignore[attr-defined]
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) and isinstance(node.value, ast.Constant):
            marked.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in marked:
            plain += [node.value] if IDEOGRAPH.search(node.value) else []
    # Dates are written by code in both languages; marks between words of a value are the content's own.
    assert [text for text in plain if text.strip("（）：；年月日周") and text not in ("月", "日（周")] == []


def test_the_language_is_changed_by_a_link_and_remembered(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    keeper = visit(toy.KEEPER)
    page = keeper.get("/tasks?lang=en")
    assert '<html lang="en">' in page.text
    assert "2 working day(s) left" in words(page)
    assert "To do" in keeper.read("/tasks")
    assert "待办" in keeper.read("/tasks?lang=zh")
    assert "待办" in keeper.read("/tasks?lang=fr")


def test_english_pages_show_chinese_only_where_it_is_content(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    clerk = visit(toy.CLERK)
    clerk.get("/tasks?lang=en")
    files = (path for path in (toy.HERE / "toy_pack" / "lianxi").rglob("*") if path.is_file())
    content = "".join(path.read_text("utf-8") for path in files)
    # Sentences of the engine are Chinese in every language.
    content += (
        "中文规这个环节由岗位办理您任即后第个工作日后第日发起人领用日期年月日必填已办结从待办请填写是否"
    )
    known = set(content)
    for url in (
        "/tasks",
        "/done",
        "/started",
        "/cases",
        f"/cases/{case}",
        "/start",
        "/phrases",
        "/demo/clock",
    ):
        strange = {sign for sign in IDEOGRAPH.findall(clerk.read(url)) if sign not in known}
        assert strange == set(), url


def test_dates_in_words(app: Flask, town: ProcessEngine) -> None:
    with app.test_request_context("/"):
        g.login = toy.CLERK
        assert moment(toy.START) == "11月24日（周二）09:00"
        assert day(toy.START.date().replace(year=2027)) == "2027年11月24日（周三）"
    with app.test_request_context("/?lang=en"):
        assert moment(toy.START) == "Tue 24 Nov 09:00"
        assert day(toy.START.date().replace(year=2027)) == "Wed 24 Nov 2027"
    assert [size(n) for n in (1, 1499, 1_800_000)] == ["1 KB", "1 KB", "1.8 MB"]
