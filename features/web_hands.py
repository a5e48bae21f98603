"""Acts through the real pages, without scripts: signs in, reads forms off the pages, fills them in, presses their buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from engine import ProcessEngine
from engine.errors import Conflict, EngineError, Forbidden, Invalid, NotFound, Refused
from web.app import create_app

REFUSALS: Mapping[int, type[EngineError]] = {403: Forbidden, 404: NotFound, 409: Conflict}
ROUNDS = 8
"""After so many rounds every field has appeared that depends on others."""
FILE = "file:"
"""Stands before the number of a file that is still to be sent with its form."""


class WebHands:
    """The pages of a town; each person has a browser without scripts."""

    def __init__(self, engine: ProcessEngine) -> None:
        # People sign in with one click; how passwords are asked for has tests of its own.
        engine.demo = True
        self._app = create_app(engine)
        self._browsers: dict[str, FlaskClient] = {}
        self._files: list[tuple[str, bytes]] = []

    # ---- what a person does

    def start(self, login: str, key: str) -> None:
        page = self._open(login, "/start")
        target = f"/start/{key}"
        offered = [form for form in _forms(page) if form.get("action") == target]
        fields = _entries(offered[0]) if offered else MultiDict({"csrf_token": self._token(login)})
        self._follow(login, self._send(login, target, fields))

    def claim(self, login: str, task_id: str) -> None:
        page = self._open(login, f"/tasks/{task_id}")
        (form,) = (each for each in _forms(page) if "/claim" in (each.get("action") or ""))
        self._follow(login, self._send(login, form.get("action"), _entries(form)))

    def complete(self, login: str, task_id: str, data: Mapping[str, Any], confirm: bool) -> None:
        self._fill_in(login, f"/tasks/{task_id}", data, confirm)

    def press(self, login: str, instance_id: str, element: str, data: Mapping[str, Any]) -> None:
        self._fill_in(login, f"/cases/{instance_id}/buttons/{element}", data, False)

    def transfer(self, login: str, task_id: str, to: str, reason: str) -> None:
        url = f"/tasks/{task_id}/transfer"
        fields = _entries(_forms(self._open(login, url))[-1])
        fields["to"], fields["reason"] = to, reason
        self._follow(login, self._send(login, url, fields))

    def upload(self, login: str, name: str, content: bytes) -> str:
        self._files.append((name, content))
        return f"{FILE}{len(self._files) - 1}"

    # ---- pages

    def _browser(self, login: str) -> FlaskClient:
        if login not in self._browsers:
            browser = self._browsers[login] = self._app.test_client()
            assert browser.post("/signin", data={"demo": login}).status_code == 302
        return self._browsers[login]

    def _open(self, login: str, url: str) -> TestResponse:
        page = self._browser(login).get(url)
        _refuse(page)
        return page

    def _token(self, login: str) -> str:
        return str(_entries(_forms(self._open(login, "/phrases"), ".//form")[0])["csrf_token"])

    def _send(self, login: str, url: str, fields: MultiDict[str, Any]) -> TestResponse:
        return self._browser(login).post(url, data=fields, content_type="multipart/form-data")

    def _follow(self, login: str, answer: TestResponse) -> None:
        """Go on to the page an accepted form leads to; raises what a refused one says."""
        _refuse(answer)
        assert answer.status_code == 302, f"{answer.request.path}: {answer.status_code}"
        self._open(login, answer.location)

    def _fill_in(self, login: str, url: str, data: Mapping[str, Any], confirm: bool) -> None:
        """Fill in the sheet of a page and submit it, asking for what depends on the entries until all of it is there."""
        page = self._open(login, url)
        for _ in range(ROUNDS):
            form = _sheet(page)
            target = form.get("action") or url
            button = _next_button(form, data)
            fields = self._filled(form, data)
            if button is None:
                break
            fields[button] = "1"
            page = self._send(login, target, fields)
            _refuse(page)
            if button == "_refresh" and _names(_sheet(page)) == _names(form):
                fields = self._filled(_sheet(page), data)
                break
        answer = self._send(login, target, fields)
        if confirm and answer.status_code == 422:
            form = _sheet(answer)
            fields = self._filled(form, data)
            for box in form.xpath(".//input[starts-with(@name, '_confirm.')]"):
                fields[box.get("name")] = "1"
            answer = self._send(login, target, fields)
        self._follow(login, answer)

    def _filled(self, form: Any, data: Mapping[str, Any]) -> MultiDict[str, Any]:
        """What a browser sends after the person has put `data` in; fields the page does not show are left out."""
        fields = _entries(form)
        for path, value in _paths(data):
            for name in (path, f"_files.{path}"):
                inputs = form.xpath(
                    ".//*[self::input or self::select or self::textarea][@name=$name]", name=name
                )
                if not inputs or inputs[0].get("type") == "hidden":
                    continue
                fields.poplist(name)
                for each in self._sent(inputs[0], value):
                    fields.add(name, each)
        return fields

    def _sent(self, field: Any, value: Any) -> Iterator[Any]:
        """The values an input sends for a field of the form."""
        kind = field.get("type")
        for each in value if isinstance(value, list) else [value]:
            if each is None or each == "" or (kind == "checkbox" and each is False):
                continue
            waiting = isinstance(each, str) and each.startswith(FILE)
            if kind == "file" or waiting:
                if kind == "file" and waiting:
                    name, content = self._files[int(each.removeprefix(FILE))]
                    yield BytesIO(content), name
            elif isinstance(each, bool):
                yield "1" if kind == "checkbox" else str(each).lower()
            else:
                yield str(each)[:16] if kind == "datetime-local" else str(each)


def _refuse(answer: TestResponse) -> None:
    """Raise what a page says when it refuses something."""
    if answer.status_code < 400:
        return
    page = html.fromstring(answer.text)
    told = page.xpath("//*[@data-errors]") or page.xpath("//main")
    lines = [" ".join(each.text_content().split()) for each in told[0].xpath(".//li | .//p")]
    text = "；".join(line for line in lines if line)
    if answer.status_code == 422:
        fields = told[0].xpath(".//li")
        raise Invalid({str(number): line for number, line in enumerate(lines)}) if fields else Refused(text)
    raise REFUSALS.get(answer.status_code, EngineError)(text)


def _forms(page: TestResponse, path: str = "//main//form[@method='post']") -> list[Any]:
    return list(html.fromstring(page.text).xpath(path))


def _sheet(page: TestResponse) -> Any:
    """The form that was drawn from a procedure's sheet; raises Forbidden with the words of a page that has none."""
    found = _forms(page, "//main//form[@data-watched]")
    if not found:
        main = html.fromstring(page.text).xpath("//main")[0]
        raise Forbidden(" ".join(main.text_content().split()))
    return found[0]


def _entries(form: Any) -> MultiDict[str, Any]:
    """What a browser sends when nothing is changed."""
    fields: MultiDict[str, Any] = MultiDict()
    for field in form.xpath(".//input | .//textarea | .//select"):
        name, kind = field.get("name"), field.get("type")
        if not name or kind == "file" or (kind in ("checkbox", "radio") and field.get("checked") is None):
            continue
        if field.tag == "select":
            chosen = field.xpath("./option[@selected]") or field.xpath("./option[1]")
            fields.add(name, chosen[0].get("value") if chosen else "")
        elif field.tag == "textarea":
            # A browser drops the line break that follows the tag.
            fields.add(name, (field.text or "").removeprefix("\n"))
        else:
            fields.add(name, field.get("value", "on"))
    return fields


def _names(form: Any) -> set[str]:
    return set(form.xpath(".//@name"))


def _next_button(form: Any, data: Mapping[str, Any]) -> str | None:
    """The button to press before the sheet can be submitted: for one row more or less, or to work it out again."""
    names = _names(form)
    for table, rows in data.items():
        counted = form.xpath(".//input[@name=$name]/@value", name=f"_rows.{table}")
        if not counted or not isinstance(rows, list):
            continue
        there = int(counted[0])
        if there < len(rows) and f"_add.{table}" in names:
            return f"_add.{table}"
        if there > len(rows) and f"_remove.{table}.{there - 1}" in names:
            return f"_remove.{table}.{there - 1}"
    return "_refresh" if "_refresh" in names else None


def _paths(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every field of the data by the name its input has."""
    for key, value in data.items():
        rows = isinstance(value, list) and value and all(isinstance(row, dict) for row in value)
        if rows:
            for index, row in enumerate(value):
                yield from ((f"{key}.{index}.{column}", cell) for column, cell in row.items())
        else:
            yield key, value
