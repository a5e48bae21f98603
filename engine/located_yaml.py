"""Reads the YAML files of a rule pack so that every fault can be told with its line number.

The files are written by people who do not program, so the reading is narrower than YAML: an unquoted word is
`true`, `false`, `null`, a whole number or a text. Hence `from: 2024-01-01`, `开门时刻: 17:30` and the English
word `no` all mean what they look like. References (`&`, `*`) and repeated keys are faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import yaml

from engine.errors import EngineError
from engine.nearest import suggestion

Path = tuple[str | int, ...]

_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


class Fault(NamedTuple):
    """One thing wrong: the place inside the document and a Chinese sentence that says what to do."""

    path: Path
    message: str


class PackFileError(EngineError):
    """A file of a rule pack is wrong. `faults` holds one Chinese sentence for each thing that is wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@lru_cache(maxsize=128)
def _composed(text: str) -> yaml.Node | None:
    # The same files are read again and again: those of a pack after each change in it, an example by each scenario.
    return yaml.compose(text, Loader=yaml.SafeLoader)


class Document:
    """A whole file as plain values, with the line of each part and the faults found so far."""

    def __init__(self, value: object, lines: Mapping[Path, int] | None = None) -> None:
        self.value = value
        self.lines = dict(lines or {})
        self.faults: list[Fault] = []

    @classmethod
    def from_text(cls, text: str) -> Document:
        """Read YAML `text`. Syntax errors, repeated keys and references become faults, never exceptions."""
        document = cls({})
        try:
            node = _composed(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            if mark is not None:
                document.lines[()] = mark.line + 1
            document.faults.append(
                Fault((), "写法不合 YAML 的格式，请检查这一行和上一行的缩进、冒号后的空格和引号")
            )
            return document
        except RecursionError:
            document.faults.append(Fault((), "层次太深，读不了；请减少嵌套"))
            return document
        if node is not None:
            document.value = document._plain(node, (), set())
        return document

    def root(self) -> Entry:
        """Return the outermost mapping; anything else is a fault and reads as an empty mapping."""
        return Entry(self, (), self.value)

    def located(self, faults: Iterable[Fault]) -> tuple[str, ...]:
        """Return the faults as sentences by line; a part without a line takes that of its parent."""
        with_lines = [(self._line(fault.path), fault.message) for fault in faults]
        with_lines.sort(key=lambda item: item[0] or 0)
        return tuple(f"第 {line} 行：{message}。" if line else f"{message}。" for line, message in with_lines)

    def _line(self, path: Path) -> int | None:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def _plain(self, node: yaml.Node, path: Path, seen: set[int]) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        # An anchored collection is one node met twice; a node that contains itself would never end.
        if id(node) in seen:
            self.faults.append(Fault(path, "这里用了 YAML 的引用（& 和 *），请把内容直接写出来"))
            return None
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(child, (*path, index), seen) for index, child in enumerate(node.value)]
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            child = (*path, key)
            if not key or key in result:
                self.lines[(*child, "")] = key_node.start_mark.line + 1
                problem = f"“{key}”写了两次，请只留一处" if key else "这里的名称必须是一个词"
                self.faults.append(Fault((*child, ""), problem))
                continue
            self.lines[child] = key_node.start_mark.line + 1
            result[key] = self._plain(value_node, child, seen)
        return result


class Entry:
    """One mapping of a document. The typed getters note a fault and go on with an empty value."""

    def __init__(self, document: Document, path: Path, value: object) -> None:
        self.document = document
        self.path = path
        self._values: dict[str, object] = {}
        if isinstance(value, Mapping):
            self._values = {str(key): part for key, part in value.items()}
        elif value is not None:
            self.fault("这里应当是若干行“名称: 值”")

    def fault(self, message: str, key: str | int | None = None) -> None:
        """Note a fault at this entry, or at one key of it."""
        self.document.faults.append(Fault(self.path if key is None else (*self.path, key), message))

    def __iter__(self) -> Iterator[str]:
        """Go through the keys in the order of the file."""
        return iter(self._values)

    def raw(self, key: str) -> object:
        """Return the value of `key` as read, None when it is missing."""
        return self._values.get(key)

    def only(self, *known: str) -> None:
        """Note a fault for every key that is not among `known`, with the nearest known one."""
        for key in self._values:
            if key not in known:
                self.fault(
                    f"不认识“{key}”这一项{suggestion(key, known)}。可以写的有：{'、'.join(known)}", key
                )

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text. Without `default` the key is required and may not be empty."""
        value = self._values.get(key)
        if isinstance(value, str) and (value.strip() or default is not None):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is None and default is not None:
            return default
        self.fault(f"缺少“{key}”，请写明" if value in (None, "") else f"“{key}”应当是一段文字", key)
        return default or ""

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false; a missing key reads as `default`."""
        value = self._values.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        self.fault(f"“{key}”只能写 true 或 false", key)
        return default

    def day(self, key: str) -> date | None:
        """Return a date written 2026-01-31, or None when the key is missing."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and _DAY.match(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        self.fault(f"“{key}”的日期“{value}”不对，应写成 2026-01-31 的样子", key)
        return None

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text alone is a list of one, a missing key an empty list."""
        value = self._values.get(key)
        if value is None:
            return ()
        parts = value if isinstance(value, list) else [value]
        if any(not isinstance(part, str | int) or isinstance(part, bool) or part == "" for part in parts):
            self.fault(f"“{key}”应当是一列文字", key)
            return ()
        return tuple(str(part) for part in parts)

    def whole_numbers(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers; a missing key is an empty list."""
        value = self._values.get(key)
        parts = value if isinstance(value, list) else [] if value is None else [value]
        if any(not isinstance(part, int) or isinstance(part, bool) for part in parts):
            self.fault(f"“{key}”应当是一列整数", key)
            return ()
        return tuple(parts)

    def entries(self, key: str) -> list[Entry]:
        """Return the mappings listed under `key`; a missing key is an empty list."""
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(f"“{key}”应当是一个列表，每项以“- ”开头", key)
            return []
        return [Entry(self.document, (*self.path, key, index), part) for index, part in enumerate(value)]

    def table(self, key: str) -> dict[str, Entry]:
        """Return the mappings named under `key`; a missing key is an empty table."""
        names = Entry(self.document, (*self.path, key), self._values.get(key))
        return {name: Entry(self.document, (*names.path, name), names.raw(name)) for name in names}

    def within(self, key: str) -> Entry:
        """Return the mapping under `key`, empty when it is missing."""
        return Entry(self.document, (*self.path, key), self._values.get(key))


def _scalar(node: yaml.ScalarNode) -> object:
    text = str(node.value)
    if node.style is not None:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _WHOLE_NUMBER.match(text) else text
