"""Reads the components of a form file: the attributes each type takes, keys, options, bounds, columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from engine.expressions.grammar import is_name
from engine.forms.model import CHOICES, ORDINAL, TEXTAREA_LENGTH, WITHOUT_VALUE, Component, Option
from engine.forms.patterns import pattern_fault
from engine.forms.properties import PropertyReader
from engine.forms.values import option_key
from engine.forms.vocabulary import KINDS, NOT_IN_TABLES, REPLACED, RESERVED_KEYS
from engine.nearest import suggestion

COMPONENT_LIMIT = 300
Faults = list[str]


class ComponentReader:
    """Reads components and notes every fault in `faults`; what is faulty is read as not written."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._keys: set[str] = set()
        self._count = 0

    def read_all(self, written: object, table: str | None) -> tuple[Component, ...]:
        """The components of a form or group, or the columns of the table labelled `table`."""
        where = f"表格“{table}”" if table is not None else ""
        if not isinstance(written, list):
            self.faults.append(f"{where}缺少 components，要写成 [ … ]")
            return ()
        outer = self._keys
        if table is not None:
            self._keys = set()  # A column may be called like a field outside.
        components = []
        for number, each in enumerate(written, 1):
            self._count += 1
            if self._count == COMPONENT_LIMIT + 1:
                self.faults.append(f"组件太多，最多 {COMPONENT_LIMIT} 个")
            if self._count <= COMPONENT_LIMIT:
                component = _One(self, each, f"{where}第 {number} 个组件", table).read()
                if component is not None:
                    components.append(component)
        self._keys = outer
        return tuple(components)

    def claim(self, key: str) -> bool:
        """Whether the key is free; it is not any more afterwards."""
        free = key not in self._keys
        self._keys.add(key)
        return free


class _One:
    """Reads one component."""

    def __init__(self, reader: ComponentReader, written: object, place: str, table: str | None) -> None:
        self.reader, self.place, self.table = reader, place, table
        self.written: Mapping[str, object] = written if isinstance(written, dict) else {}
        self.broken = not isinstance(written, dict)

    def fault(self, message: str) -> None:
        self.reader.faults.append(f"{self.place}：{message}")

    def read(self) -> Component | None:
        if self.broken:
            self.fault("要写成 { … }")
            return None
        type_ = self.written.get("type")
        if not isinstance(type_, str) or type_ not in KINDS:
            # It is not looked into: each of its attributes would be called unknown, too.
            near = suggestion(type_, KINDS) if isinstance(type_, str) else ""
            self.fault(f"不认识的类型“{type_}”{near}。可以用的有：{'、'.join(KINDS)}")
            return None
        self.type, self.kind = type_, KINDS[type_]
        key = self._key()
        label = self._label()
        if key or label:
            self.place = f"{f'表格“{self.table}”的列' if self.table is not None else ''}“{label or key}”"
        if self.table is not None and type_ in NOT_IN_TABLES:
            self.fault(f"表格的列不能是 {type_}")
            return None
        self._attributes()
        self._key_faults(key)
        if type_ not in WITHOUT_VALUE and not label:
            self.fault("缺少 label，请写显示的名称")
        component = self._component(key, label)
        if type_ == "dynamiclist":
            self._table_faults(component)
        return component

    # -- parts

    def _component(self, key: str | None, label: str) -> Component:
        validate = self._mapping("validate")
        for name in validate:
            if name not in self.kind.validations:
                near = suggestion(name, self.kind.validations)
                allowed = "、".join(self.kind.validations)
                self.fault(f"validate 里没有“{name}”{near}。可以写的有：{allowed}")
        if validate.get("validationType") not in (None, "", "custom"):
            self.fault("validationType 不起作用，请改写 pattern")
        options = self._options()
        draft = Component(
            key=key,
            label=label,
            type=self.type,
            subtype=self._subtype(),
            description=self._text("description"),
            required=self._flag(validate, "required"),
            multiple=self._flag(self.written, "multiple"),
            decimals=self._whole(self.written, "decimalDigits", 0, 6) or 0,
            minimum=self._number(validate, "min"),
            maximum=self._number(validate, "max"),
            min_length=self._whole(validate, "minLength", 0, TEXTAREA_LENGTH),
            max_length=self._whole(validate, "maxLength", 1, TEXTAREA_LENGTH),
            pattern=self._pattern(validate),
            options=options,
            columns=self._width(),
            components=self._components(label or key or ""),
            properties=self._properties(),
            text=self._text("text"),
        )
        self._bounds(draft)
        return PropertyReader(draft, self.kind, self._text("accept"), self.fault).component()

    def _key(self) -> str | None:
        key = self.written.get("key")
        if self.type == "dynamiclist":  # Modellers call it a path, since rows are nested under it.
            path = self.written.get("path")
            if key is not None and path not in (None, "", key):
                self.fault("key 和 path 不一致，请写成一样的或只留 key")
            key = path if key is None else key
        return key if isinstance(key, str) and key else None

    def _key_faults(self, key: str | None) -> None:
        if self.type in ("text", "group"):
            if self.type == "group" and self.written.get("path"):
                self.fault("分组不能写 path：组内字段与组外的一样取用")
            return
        if key is None:
            if self.type != "documentPreview":
                self.fault("缺少 key，请写字段键")
            return
        plain = unicodedata.normalize("NFKC", key)
        if key in RESERVED_KEYS:
            self.fault(f"字段键“{key}”是保留的名字，请换一个")
        elif plain != key:
            self.fault(f"字段键“{key}”含有全角或不规范的字符，请写成“{plain}”")
        elif not is_name(key):
            self.fault(f"字段键“{key}”只能用汉字、字母、数字和下划线，不能以数字或下划线开头，不能是保留词")
        if not self.reader.claim(key):
            self.fault(f"字段键“{key}”用了两次，请改一个")

    def _label(self) -> str:
        names = {"date": ("label", "dateLabel"), "time": ("label", "timeLabel")}
        tried = names.get(str(self.written.get("subtype")), ("label", "dateLabel", "timeLabel"))
        for name in tried if self.type == "datetime" else ("label",):
            value = self.written.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
        return ""

    def _attributes(self) -> None:
        for name, value in self.written.items():
            if name not in self.kind.attributes:
                self.fault(f"{self.type} 没有“{name}”这一项{suggestion(name, self.kind.attributes)}")
            elif name in REPLACED and value not in (None, False, "", [], {}):
                self.fault(f"“{name}”不起作用，请改用特性“{REPLACED[name]}”")
        if self.written.get("serializeToString"):
            self.fault("“serializeToString”不起作用，数总是按数保存")
        fixed = self._mapping("properties").get("行固定") == "是"
        if self.written.get("allowAddRemove") is False and not fixed:
            self.fault("“allowAddRemove”不起作用，不许增删行请写特性“行固定”=是")

    def _subtype(self) -> str:
        if self.type != "datetime":
            return ""
        subtype = self.written.get("subtype", "date")
        if subtype not in ("date", "time", "datetime"):
            self.fault("subtype 要写 date、time 或 datetime")
            return "date"
        return str(subtype)

    def _options(self) -> tuple[Option, ...]:
        written = self.written.get("values")
        properties = self._mapping("properties")
        sources = [name for name in ("选择", "可选值") if properties.get(name)]
        if self.type not in CHOICES:
            return ()
        if not written:
            if not sources:
                self.fault("没有选项，请写 values，或特性“选择”“可选值”")
            return ()
        if sources:
            self.fault(f"values 和特性“{sources[0]}”只能写一样")
        options: list[Option] = []
        for each in written if isinstance(written, list) else [None]:
            value = each.get("value") if isinstance(each, dict) else None
            if not isinstance(value, str | int | float) or value == "" or not isinstance(each, dict):
                self.fault('values 要写成 [{"label": "显示的字", "value": "值"}, …]')
                return ()
            if set(each) - {"label", "value"}:
                self.fault(
                    f"选项里没有“{next(iter(set(each) - {'label', 'value'}))}”这一项，只有 label 和 value"
                )
            label = each.get("label") or option_key(value)
            options.append(Option(value, label if isinstance(label, str) else option_key(value)))
        keys = [option_key(option.value) for option in options]
        for repeated in dict.fromkeys(key for key in keys if keys.count(key) > 1):
            self.fault(f"选项“{repeated}”写了两次，请删去一个")
        return tuple(options)

    def _pattern(self, validate: Mapping[str, object]) -> str | None:
        pattern = validate.get("pattern")
        if pattern in (None, ""):
            return None
        if not isinstance(pattern, str):
            self.fault("pattern 要写成文字")
            return None
        fault = pattern_fault(pattern)
        if fault is not None:
            self.fault(f"pattern“{pattern}”：{fault}")
            return None
        return pattern

    def _bounds(self, component: Component) -> None:
        pairs = (
            ("min", component.minimum, "max", component.maximum),
            ("minLength", component.min_length, "maxLength", component.max_length),
        )
        for low_name, low, high_name, high in pairs:
            if low is not None and high is not None and low > high:
                self.fault(f"{low_name} 大于 {high_name}，什么都填不了")

    def _width(self) -> int:
        columns = self._mapping("layout").get("columns")
        if columns in (None, "auto"):
            return 16
        if isinstance(columns, int) and not isinstance(columns, bool) and 1 <= columns <= 16:
            return columns
        self.fault("layout.columns 要写 1 到 16 的整数，16 是整行")
        return 16

    def _components(self, label: str) -> tuple[Component, ...]:
        if self.type == "group":
            return self.reader.read_all(self.written.get("components"), None)
        if self.type == "dynamiclist":
            return self.reader.read_all(self.written.get("components"), label)
        return ()

    def _properties(self) -> Mapping[str, str]:
        properties: dict[str, str] = {}
        for name, value in self._mapping("properties").items():
            if not isinstance(value, str):
                self.fault(f"特性“{name}”要写成文字")
            else:
                properties[name] = value
        return MappingProxyType(properties)

    # -- tables

    def _table_faults(self, table: Component) -> None:
        rules, columns = table.rules, table.column_names
        if not table.components:
            self.fault("表格没有列，请在 components 里写各列")
        if rules.row_key is not None and rules.row_key not in columns:
            self.fault(f"行键“{rules.row_key}”不是表格的列{suggestion(rules.row_key, columns)}")
        for column in table.components:
            if column.name == rules.row_key and (column.is_list or column.type == "checkbox"):
                self.fault(f"行键“{rules.row_key}”要能认出一行，不能是 {column.type}")
        if rules.row_key == ORDINAL and rules.sortable:
            self.fault(f"可排序的表格里“{ORDINAL}”会重排，不能作行键，请换一列")
        if rules.fixed_rows and rules.initial is None:
            self.fault("行固定的表格要用“初值”给出各行")
        tied = [
            column.label
            for column in table.components
            if (column.rules.readonly or column.rules.readonly_when is not None)
            and not column.rules.has_initial
            and not (rules.sortable and column.key == ORDINAL)
        ]
        moving = not rules.fixed_rows or rules.sortable
        if tied and moving and rules.row_key is None and not rules.readonly:
            self.fault(
                f"列“{tied[0]}”只读，而行可以增删或移动，分不清各行原来的值；"
                "请写特性“行固定”=是，或用“行键”指明认行的列，或给这一列写“初值”"
            )

    # -- values of one attribute

    def _mapping(self, name: str) -> Mapping[str, object]:
        value = self.written.get(name)
        if value is not None and not isinstance(value, dict):
            self.fault(f"{name} 要写成 {{ … }}")
        return value if isinstance(value, dict) else {}

    def _text(self, name: str) -> str:
        value = self.written.get(name)
        if value is not None and not isinstance(value, str):
            self.fault(f"{name} 要写成文字")
        return value if isinstance(value, str) else ""

    def _flag(self, source: Mapping[str, object], name: str) -> bool:
        value = source.get(name)
        if value is not None and not isinstance(value, bool):
            self.fault(f"{name} 要写 true 或 false")
        return value is True

    def _number(self, source: Mapping[str, object], name: str) -> float | None:
        value = source.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e15:
            return value
        if value not in (None, ""):
            self.fault(f"{name} 要写数")
        return None

    def _whole(self, source: Mapping[str, object], name: str, low: int, high: int) -> int | None:
        value = self._number(source, name)
        if value is None:
            return None
        if value != int(value) or not low <= value <= high:
            self.fault(f"{name} 要写 {low} 到 {high} 的整数")
            return None
        return int(value)


__all__ = ["ComponentReader", "Faults"]
