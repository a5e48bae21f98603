"""Visits pages as a person without scripts would: reads forms off them, fills them in, presses buttons."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Flask
from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

Fields = Mapping[str, Any]


class Visitor:
    """One person's browser. `login` empty: nobody is signed in."""

    def __init__(self, app: Flask, login: str = "") -> None:
        self.client = app.test_client()
        self.login = login
        if login:
            answer = self.client.post("/signin", data={"demo": login})
            assert answer.status_code == 302, answer.text

    def get(self, url: str) -> TestResponse:
        return self.client.get(url)

    def read(self, url: str, status: int = 200) -> str:
        """The words of a page, its spaces made one."""
        answer = self.client.get(url)
        assert answer.status_code == status, f"{url}: {answer.status_code}"
        return words(answer)

    def post(self, url: str, data: Fields | None = None) -> TestResponse:
        """Post with the token of this session, as a form of our pages would."""
        return self.client.post(url, data={"csrf_token": self.token(), **(data or {})})

    def token(self) -> str:
        page = html.fromstring(self.client.get("/phrases").text)
        return str(page.xpath("//input[@name='csrf_token']/@value")[0])

    def submit(
        self, page: str | TestResponse, fields: Fields, button: str = "", action: str = ""
    ) -> TestResponse:
        """Fill in the last form of the page (or the one posting to `action`) and press a button.

        Values are texts, lists of texts, files as `(name, bytes)`, or None to leave an input out.
        """
        answer = self.get(page) if isinstance(page, str) else page
        form = find_form(answer, action)
        data = form_fields(form)
        for name, value in fields.items():
            data.poplist(name)
            for each in value if isinstance(value, list) else [] if value is None else [value]:
                data.add(name, (BytesIO(each[1]), each[0]) if isinstance(each, tuple) else each)
        if button:
            data.setlist(button, [button_value(form, button)])
        target = form.get("action") or answer.request.path
        return self.client.post(target, data=data, content_type=form.get("enctype"))


def find_form(answer: TestResponse, action: str = "") -> Any:
    """The form that posts to an address with `action` in it; without one that of the sheet, or the last."""
    forms = html.fromstring(answer.text).xpath("//main//form[@method='post']")
    if action:
        forms = [form for form in forms if action in (form.get("action") or "")]
    sheets = [form for form in forms if form.get("data-sheet") is not None]
    assert forms, f"no form {action} on the page:\n{words(answer)}"
    return (sheets or forms)[-1]


def form_fields(form: Any) -> MultiDict[str, Any]:
    """What a browser would send when nothing is changed."""
    data: MultiDict[str, Any] = MultiDict()
    for field in form.xpath(".//input | .//textarea | .//select"):
        name, kind = field.get("name"), field.get("type")
        if not name or kind == "file" or (kind in ("checkbox", "radio") and field.get("checked") is None):
            continue
        if field.tag == "select":
            chosen = field.xpath("./option[@selected]") or field.xpath("./option[1]")
            data.add(name, chosen[0].get("value") if chosen else "")
        elif field.tag == "textarea":
            # A browser drops the line break that follows the tag.
            data.add(name, (field.text or "").removeprefix("\n"))
        else:
            data.add(name, field.get("value", "on" if kind == "checkbox" else ""))
    return data


def button_value(form: Any, name: str) -> str:
    found = form.xpath(".//button[@name=$name]", name=name)
    assert found, f"the form has no button {name}"
    return str(found[0].get("value", ""))


def words(answer: TestResponse) -> str:
    """The text of a page without its scripts."""
    page = html.fromstring(answer.text)
    for script in page.xpath("//script"):
        script.drop_tree()
    return " ".join(" ".join(page.itertext()).split())


def errors(answer: TestResponse) -> list[str]:
    """The lines of the summary of errors."""
    lines = html.fromstring(answer.text).xpath("//*[@data-errors]//li")
    return [" ".join(line.text_content().split()) for line in lines]


def value(answer: TestResponse, name: str) -> list[str]:
    """What the inputs of this name hold on the page."""
    return [str(each) for each in form_fields(find_form(answer)).getlist(name)]
