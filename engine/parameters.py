"""The parameters, number series, enumerations and categories of a rule pack: what it decides by a value.

`parameters.yml` is a mapping with these keys:

    parameters      name → {value, unit, source, hard, note}; the source is a clause id or says “默认”
    series          name → {format, note}; the format holds {年} and {序}
    enumerations    name → list of values
    categories      name → list of {name, <attribute>: true, …}; it serves as an enumeration, too

What a pack does not give is taken from the shared file. A `hard` parameter is fixed by the written rules:
neither a pack nor a person may set it differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from engine.located_yaml import Document, Entry, PackFileError
from engine.nearest import suggestion

Value = str | int | bool
_Found = TypeVar("_Found")

YES, NO = "是", "否"
_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
TIME_LIMIT = re.compile(r"当日|([1-9][0-9]{0,2})(工作日|工作小时)")
"""How a time limit is written: a parameter whose unit is 期限."""
_PLACEHOLDER = re.compile(r"\{[^{}]*\}?|\}")


class ParametersError(PackFileError):
    """The parameters of a pack are wrong, or a name asked for is not among them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value with where it comes from."""

    name: str
    value: Value
    unit: str
    source: str
    hard: bool
    note: str


@dataclass(frozen=True, slots=True)
class Series:
    """How the numbers of one series are written."""

    name: str
    format: str
    note: str


@dataclass(frozen=True)
class Parameters:
    """The parameters of one pack; what it lacks is looked up in `shared`."""

    pack: str
    own: Mapping[str, Parameter]
    own_series: Mapping[str, Series]
    own_enumerations: Mapping[str, tuple[str, ...]]
    own_categories: Mapping[str, Mapping[str, Mapping[str, bool]]]
    """Table → category → attribute → whether it is true; an attribute not written is false."""
    shared: Parameters | None = field(default=None, repr=False)

    def value(self, name: str) -> Value:
        """Return the value of a parameter. Raises ParametersError that names the nearest one."""
        return self.parameter(name).value

    def parameter(self, name: str) -> Parameter:
        """Return a parameter with unit and source. Raises ParametersError."""
        return self._found(name, self._all_parameters(), "参数")

    def parameters(self) -> tuple[Parameter, ...]:
        """Return all parameters in force: the pack's own, then the shared ones it does not give itself."""
        return tuple(self._all_parameters().values())

    def series(self, name: str) -> str:
        """Return the format of a number series, such as 领〔{年}〕{序}号. Raises ParametersError."""
        everything = {**(self.shared.own_series if self.shared else {}), **self.own_series}
        return self._found(name, everything, "编号序列").format

    def enumeration(self, name: str) -> tuple[str, ...]:
        """Return the values of an enumeration, or the names of a category table. Raises ParametersError."""
        return self._found(name, self._all_enumerations(), "枚举")

    def enumerations(self) -> tuple[str, ...]:
        """Return the names `enumeration` knows."""
        return tuple(self._all_enumerations())

    def category(self, name: str, attribute: str) -> bool:
        """Tell whether an attribute is true of a category, in whatever table. Raises ParametersError."""
        everything = {**(self.shared.own_categories if self.shared else {}), **self.own_categories}
        tables = {category: table for table in everything.values() for category in table}
        table = self._found(name, tables, "类别")
        attributes = {known: known for written in table.values() for known in written}
        return table[name].get(self._found(attribute, attributes, "类别属性"), False)

    def with_value(self, name: str, value: Value) -> Parameters:
        """Set a parameter. Raises ParametersError for a hard one and for a value of another kind."""
        known = self.parameter(name)
        if known.hard:
            raise ParametersError([f"参数“{name}”由条款 {known.source} 规定，不能更改。"])
        if type(value) is not type(known.value):
            raise ParametersError(
                [f"参数“{name}”原来是“{known.value}”，新的值“{value}”不是同一种写法，请改正。"]
            )
        return replace(self, own={**self.own, name: replace(known, value=value)})

    def with_values(self, values: Mapping[str, Value]) -> Parameters:
        """Set several; what a newer file no longer has, has made hard or writes in another kind stays as it says."""
        result = self
        for name, value in values.items():
            with suppress(ParametersError):
                result = result.with_value(name, value)
        return result

    def _all_parameters(self) -> dict[str, Parameter]:
        return {**self.own, **{k: v for k, v in self._shared_parameters().items() if k not in self.own}}

    def _shared_parameters(self) -> Mapping[str, Parameter]:
        return self.shared.own if self.shared else {}

    def _all_enumerations(self) -> dict[str, tuple[str, ...]]:
        result: dict[str, tuple[str, ...]] = {}
        for parameters in (self.shared, self):
            if parameters is not None:
                result |= parameters.own_enumerations
                result |= {table: tuple(names) for table, names in parameters.own_categories.items()}
        return result

    def _found(self, name: str, known: Mapping[str, _Found], what: str) -> _Found:
        if name not in known:
            raise ParametersError([f"制度包“{self.pack}”里没有{what}“{name}”{suggestion(name, known)}。"])
        return known[name]


def parse_parameters(text: str, pack: str, shared: Parameters | None = None) -> Parameters:
    """Read the YAML `text` of the pack `pack`. Raises ParametersError: one located sentence per fault."""
    document = Document.from_text(text)
    root = document.root()
    root.only("parameters", "series", "enumerations", "categories")
    enumerations = root.within("enumerations")
    categories = root.within("categories")
    parameters = Parameters(
        pack=pack,
        own={name: _parameter(name, entry) for name, entry in root.table("parameters").items()},
        own_series={name: _series(name, entry) for name, entry in root.table("series").items()},
        own_enumerations={name: _values(name, enumerations) for name in enumerations},
        own_categories=_categories(categories),
        shared=shared,
    )
    _clashes(root, parameters)
    if document.faults:
        raise ParametersError(document.located(document.faults))
    return parameters


def read_value(parameter: Parameter, text: str) -> Value:
    """The value a person has written for this parameter. Raises ParametersError."""
    words = text.strip()
    if not words:
        raise ParametersError([f"请填写参数“{parameter.name}”的新值。"])
    if isinstance(parameter.value, bool):
        if words not in (YES, NO):
            raise ParametersError([f"参数“{parameter.name}”请填写“是”或“否”。"])
        return words == YES
    if isinstance(parameter.value, int):
        if not (words.isascii() and words.isdigit() and len(words) < 8):
            raise ParametersError([f"参数“{parameter.name}”请填写整数，例如 {parameter.value}。"])
        return int(words)
    if parameter.unit == "时分" and not _HOUR.fullmatch(words):
        raise ParametersError([f"参数“{parameter.name}”请填写时分，例如 17:30。"])
    if parameter.unit == "期限" and not TIME_LIMIT.fullmatch(words):
        raise ParametersError([f"参数“{parameter.name}”请填写期限，例如 3工作日、2工作小时 或 当日。"])
    if len(words) > 200:
        raise ParametersError([f"参数“{parameter.name}”不能超过 200 个字。"])
    return words


def _parameter(name: str, entry: Entry) -> Parameter:
    entry.only("value", "unit", "source", "hard", "note")
    value = entry.raw("value")
    if not isinstance(value, str | int):
        entry.fault(f"参数“{name}”的 value 应当是一个数、一段文字或 true、false", "value")
        value = 0
    unit = entry.text("unit", "")
    if unit == "期限" and not TIME_LIMIT.fullmatch(str(value)):
        entry.fault(f"参数“{name}”的期限应当写成 3工作日、2工作小时 或 当日", "value")
    return Parameter(
        name=name,
        value=value,
        unit=unit,
        source=entry.text("source"),
        hard=entry.flag("hard"),
        note=entry.text("note", ""),
    )


def _series(name: str, entry: Entry) -> Series:
    entry.only("format", "note")
    series = Series(name, entry.text("format"), entry.text("note", ""))
    used = _PLACEHOLDER.findall(series.format)
    if series.format and (used.count("{序}") != 1 or not set(used) <= {"{年}", "{序}"}):
        entry.fault(f"编号序列“{name}”的格式里要有一个 {{序}}，可以有 {{年}}，不能有别的 {{…}}", "format")
    return series


def _values(name: str, table: Entry) -> tuple[str, ...]:
    values = table.names(name)
    for value in _repeated(values):
        table.fault(f"枚举“{name}”里“{value}”写了两次，请删去一个", name)
    return values


def _categories(categories: Entry) -> dict[str, dict[str, dict[str, bool]]]:
    result: dict[str, dict[str, dict[str, bool]]] = {}
    seen: set[str] = set()
    for table in categories:
        result[table] = {}
        for entry in categories.entries(table):
            name = entry.text("name")
            if name in seen:
                entry.fault(f"类别“{name}”写了两次，请删去一处", "name")
            seen.add(name)
            result[table][name] = {key: entry.flag(key) for key in entry if key != "name"}
    return result


def _clashes(root: Entry, parameters: Parameters) -> None:
    for name in parameters.own_enumerations.keys() & parameters.own_categories.keys():
        root.within("enumerations").fault(f"“{name}”同时是枚举和类别表，请只留一处", name)
    if parameters.shared is None:
        return
    for name, own in parameters.own.items():
        common = parameters.shared.own.get(name)
        if common is not None and common.hard and common.value != own.value:
            root.within("parameters").fault(f"参数“{name}”由共享规则定死，制度包里不能改", name)


def _repeated(values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [value for value in values if value in seen or seen.add(value)]  # type: ignore[func-returns-value]  # None, so false.
