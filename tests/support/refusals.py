"""Tries at every form of a walk what it must refuse: each rule broken once, and values of a wrong type.

A rule is named `字段.必填`, `字段.校验2`, `表格.列.必填条件` and so on. Bounds, lengths, patterns and what is
always required are broken by the program itself wherever the field can be filled in. The other rules, and
fields hidden at first, are broken by the entries of `tests/processes/refused/<procedure>/<form>.yml`, each
applied to the example sheet:

    - rule: 会签意见.校验          the rule to be broken
      set: {字段: 值, 表格: [{列: 值}]}   what to enter, in words; {} when the example breaks it already
      opening: 2                   at which opening of the form on the walk; the first when it is not said
      as: 陈登记                    who opens it, when it is not the one who completes it on the walk
      now: 2026-12-09 16:00        when it is tried, for a rule about the date
      says: 部分提示                 words of the message, for one that is computed
    - rule: 字段.校验
      impossible: 为什么填不出来

`字×501` stands for 501 letters.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from engine import ProcessEngine
from engine.clock import parse_moment
from engine.errors import EngineError
from engine.forms import Component, FieldView, Form, FormContext, FormError, form_note, validate, view
from engine.forms.model import ROW_LIMIT
from engine.models import Base
from features.steps.town import Town
from tests.support.opening import Opening

FOLDER = Path(__file__).parents[1] / "processes" / "refused"
MANY = re.compile(r"(.)×(\d+)")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NOT_COMPARED = ("attachment", "process_definition")
"""Files are uploaded before a sheet is submitted, and definitions are large and never change."""

JUNK: dict[str, tuple[object, ...]] = {
    "textfield": (["甲"], {"甲": 1}, 3, True, "第一行\n第二行", "钟\x07声"),
    "textarea": (["甲"], {"甲": 1}, 3, True, "钟\x07声"),
    "number": ("三个", "1e5", [1], True, "1" * 40),
    "checkbox": ("也许", [True], {"是": 1}),
    "radio": ("没有这一项", ["没有这一项"], {"值": 1}),
    "select": ("没有这一项", ["没有这一项"], {"值": 1}),
    "checklist": ("没有这一项", ["没有这一项"], [["甲"]]),
    "taglist": ("没有这一项", ["没有这一项"], [["甲"]]),
    "datetime": ("2026-13-40", "明天", 20261201, ["2026-12-01"], "2026-12-01T99:99"),
    "filepicker": ("没有这个附件", ["没有这个附件"], [["甲"]], {"id": 1}),
    "dynamiclist": ("一行", [1], ["一行"], {"甲": 1}, [{"没有这一列": "甲"}]),
}
"""What no field of a type may take."""


@dataclass
class Tried:
    """What was found out about one form."""

    process: str
    form: Form
    openings: int = 0
    broken: set[str] = field(default_factory=set)
    """The rules that were broken and did refuse."""
    faults: list[str] = field(default_factory=list)


def entries_of(process: str, form: str) -> list[dict[str, Any]]:
    """The entries written for a form."""
    path = FOLDER / process / f"{form}.yml"
    return list(yaml.safe_load(path.read_text("utf-8")) or []) if path.exists() else []


def rules_of(form: Form) -> dict[str, Component]:
    """Every rule of a form that a sheet can break, with its field."""
    found: dict[str, Component] = {}
    for component in form.fields():
        found.update({f"{component.name}.{rule}": component for rule in _rules(component)})
        for column in component.components:
            found.update({f"{component.name}.{column.name}.{rule}": column for rule in _rules(column)})
    return found


def _rules(component: Component) -> Iterator[str]:
    rules = component.rules
    written = {
        "必填": component.required,
        "必填条件": rules.required is not None,
        "最短": component.min_length is not None,
        "最长": component.max_length is not None,
        "最小": component.minimum is not None,
        "最大": component.maximum is not None,
        "格式": component.pattern is not None,
        "最少行": not isinstance(rules.least, int) or rules.least > 0,
        "最多行": not isinstance(rules.most, int) or rules.most < ROW_LIMIT,
        "警示": rules.warning is not None,
    }
    yield from (name for name, there in written.items() if there)
    yield from (check.name for check in rules.checks)


def breaking(component: Component, rule: str) -> object:
    """A value that breaks a simple rule; raises KeyError for another rule."""
    values: dict[str, object] = {
        "必填": component.blank(),
        "最短": "字" * ((component.min_length or 1) - 1),
        "最长": "字" * ((component.max_length or 0) + 1),
        "最小": (component.minimum or 0) - 1,
        "最大": (component.maximum or 0) + 1,
        "格式": "不合格式",
    }
    return values[rule]


def expected(component: Component, rule: str) -> str:
    """Words the message must have: the sentence written for it up to what is computed, else the label."""
    written = {"警示": "警示语"}.get(rule) or (
        rule.replace("校验", "提示") if rule.startswith("校验") else ""
    )
    sentence = component.properties.get(written, "")
    return sentence.split("${")[0] if sentence else f"“{component.label}”"


class Refusals:
    """Watches a walk and tries every form."""

    def __init__(self) -> None:
        self.tried: dict[tuple[str, str], Tried] = {}

    def opened(self, town: Town, person: str, task: str) -> None:
        """Try the form of a task that is about to be completed."""
        self._try(Opening(town, person, task))

    def offered(self, town: Town, person: str, case: str, element: str) -> None:
        """Try the form of a button that is about to be pressed."""
        self._try(Opening(town, person, case, element))

    def _try(self, opening: Opening) -> None:
        with opening.read() as (process, form, _, _):
            tried = self.tried.setdefault((process, form.key), Tried(process, form))
        tried.openings += 1
        if tried.openings == 1:
            _look(opening, tried)
            _break_simple_rules(opening, tried)
        due = [each for each in entries_of(process, form.key) if "set" in each]
        due = [each for each in due if each.get("opening", 1) == tried.openings]
        if due:
            before = fingerprint(opening.town.engine)
            for entry in due:
                _apply(opening, tried, entry)
            if fingerprint(opening.town.engine) != before:
                tried.faults.append("拒绝以后数据库有变化")


def _look(opening: Opening, tried: Tried) -> None:
    """The page can be drawn, its words are Chinese, the example may be submitted."""
    with opening.read() as (_, form, context, values):
        fields = view(form, values, context)
        form_note(form, context, values)
        tried.faults += [f"“{label}”不是中文" for label in _labels(fields) if not CHINESE.search(label)]
    example = opening.example()
    with opening.read() as (_, form, context, _):
        sheet = validate(form, example, context)
        tried.faults += [f"样例通不过：{path} {message}" for path, message in sheet.errors.items()]
        tried.faults += [f"样例缺少：{key}" for key in form.by_key if key not in sheet.data]


def _labels(fields: list[FieldView] | tuple[FieldView, ...]) -> Iterator[str]:
    for each in fields:
        if not each.visible:
            continue
        yield each.component.label or each.text or "（空）"
        yield from (option.label for option in each.options)
        if each.component.type == "dynamiclist":
            yield from (column.label for column in each.component.components)
        yield from _labels(each.children)


def _break_simple_rules(opening: Opening, tried: Tried) -> None:
    """Bounds, lengths, patterns, what is always required, and values of a wrong type."""
    example = opening.example()
    with opening.read() as (_, form, context, _):
        rules = rules_of(form)
        for name, component in rules.items():
            path, _, rule = name.rpartition(".")
            try:
                value = breaking(component, rule)
            except KeyError:
                continue
            for place, data in _changed(form, example, path, value):
                message = validate(form, data, context).errors.get(place)
                if message is None:
                    continue
                tried.broken.add(name)
                if expected(component, rule) not in message:
                    tried.faults.append(f"{name}：提示是“{message}”")
        for component in form.fields():
            for column in (component, *component.components):
                path = column.name if column is component else f"{component.name}.{column.name}"
                for junk in JUNK[column.type]:
                    for place, data in _changed(form, example, path, junk):
                        fault = _takes(form, data, context, place, column, junk)
                        tried.faults += [f"{path}：{fault}"] if fault else []


def _changed(
    form: Form, example: Mapping[str, Any], path: str, value: object
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The example with another value at a path, a column's in the first row; nothing when there is no row."""
    name, _, column = path.partition(".")
    if not column:
        yield name, {**example, name: value}
        return
    rows = [dict(row) for row in example.get(name) or [] if isinstance(row, Mapping)]
    if rows:
        rows[0][column] = value
        yield f"{name}.0.{column}", {**example, name: rows}


def _takes(
    form: Form, data: Mapping[str, Any], context: FormContext, place: str, component: Component, junk: object
) -> str:
    """What is wrong with how a wrong value is taken: it must be refused in Chinese, or not be used at all."""
    try:
        sheet = validate(form, data, context)
    except FormError as error:
        return f"填 {junk!r} 时表达式出错：{error}"
    found = [
        message for path, message in sheet.errors.items() if path == place or path.startswith(f"{place}.")
    ]
    if any(not CHINESE.search(message) for message in found):
        return f"填 {junk!r} 时提示不是中文"
    name, _, rest = place.partition(".")
    value: Any = sheet.data[name]
    if rest and isinstance(value, list):
        index, _, column = rest.partition(".")
        value = value[int(index)][column] if int(index) < len(value) else None
    return (
        f"收下了 {junk!r}"
        if not found and value is not None and (type(value), value) == (type(junk), junk)
        else ""
    )


def _apply(opening: Opening, tried: Tried, entry: Mapping[str, Any]) -> None:
    name = str(entry["rule"])
    component = rules_of(tried.form).get(name)
    if component is None:
        return  # The test of the list of entries tells about it.
    clock, usual = opening.town.clock, opening.town.clock.now()
    clock.set(parse_moment(str(entry["now"]).replace(" ", "T")) if "now" in entry else usual)
    there = Opening(opening.town, entry.get("as", opening.person), opening.id, opening.element)
    path, _, rule = name.rpartition(".")
    try:
        data = there.filled(there.example(), _spelt_out(entry["set"] or {}))
        errors = there.submit(data)
    except (AssertionError, EngineError) as error:
        tried.faults.append(f"{name}：{error}")
        return
    finally:
        clock.set(usual)
    wanted = [expected(component, rule), str(entry.get("says", ""))]
    there_said = [message for place, message in errors.items() if _same_place(place, path)]
    if any(all(words in message for words in wanted) for message in there_said):
        tried.broken.add(name)
    else:
        tried.faults.append(f"{name}：应提示“{'”和“'.join(filter(None, wanted))}”，提示的是 {dict(errors)}")


def _spelt_out(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spelt_out(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_spelt_out(each) for each in value]
    many = MANY.fullmatch(value) if isinstance(value, str) else None
    return many[1] * int(many[2]) if many else value


def _same_place(place: str, path: str) -> bool:
    return ".".join(part for part in place.split(".") if not part.isdigit()) == path


def fingerprint(engine: ProcessEngine) -> str:
    """A digest of everything in the database that a refused submission must leave alone."""
    digest = hashlib.sha256()
    with engine.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in NOT_COMPARED:
                rows = sorted(repr(tuple(row)) for row in session.execute(select(table)))
                digest.update(f"{table.name} {rows}".encode())
    return digest.hexdigest()


def stale_entries(tried: Tried) -> list[str]:
    """Entries for rules the form does not have, and openings that never came."""
    rules = rules_of(tried.form)
    entries = entries_of(tried.process, tried.form.key)
    twice = [name for name, times in Counter(str(entry["rule"]) for entry in entries).items() if times > 1]
    unknown = [str(entry["rule"]) for entry in entries if entry["rule"] not in rules]
    late = [str(entry["rule"]) for entry in entries if entry.get("opening", 1) > tried.openings]
    return [*twice, *unknown, *late]


def untried(tried: Tried) -> list[str]:
    """The rules of a form that nothing has broken and no entry calls impossible."""
    excused = {str(e["rule"]) for e in entries_of(tried.process, tried.form.key) if e.get("impossible")}
    return [name for name in rules_of(tried.form) if name not in tried.broken and name not in excused]
