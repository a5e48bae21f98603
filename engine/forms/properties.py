"""Reads the properties of a component: compiles expressions, and checks what belongs together."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from engine.expressions import Expression, ExpressionError, compile_expression, lone_placeholder
from engine.forms.model import ROW_LIMIT, WITHOUT_VALUE, Check, Component, Rules
from engine.forms.texts import Text, compile_text
from engine.forms.values import Wrong, read_value
from engine.forms.vocabulary import NUMBERED, ORGANISATION_CHOICES, Kind
from engine.functions import CATALOGUE
from engine.nearest import suggestion

SIZE_LIMIT_MB = 2000
_ENDING = re.compile(r"[a-z0-9]{1,10}\Z")


class PropertyReader:
    """Completes a component with the meaning of its properties; every fault goes to `fault`."""

    def __init__(self, component: Component, kind: Kind, accept: str, fault: Callable[[str], None]) -> None:
        self.plain, self.kind, self.accept, self.fault = component, kind, accept, fault
        self.written = component.properties

    def component(self) -> Component:
        """The component with its rules."""
        self._known()
        accept = self._accepted()
        rules = Rules(
            shown=self._expression("显示条件"),
            required=self._expression("必填条件"),
            readonly=self._flag("只读"),
            readonly_when=self._expression("只读条件"),
            options=self._expression("可选值"),
            checks=self._checks(),
            warning=self._check("警示", "警示语"),
            fixed_rows=self._flag("行固定"),
            row_key=self.written.get("行键", "").strip() or None,
            sortable=self._flag("可排序"),
            least=self._count("最少行", 0),
            most=self._count("最多行", ROW_LIMIT),
            description=self._sentence(self.plain.description, "description"),
            body=self._body(),
        )
        component = replace(self.plain, accept=accept, max_mb=self._size(), rules=rules)
        initial, preset = self._initial(component)
        self._combined(rules, initial is not None or preset is not None)
        return replace(component, rules=replace(rules, initial=initial, preset=preset))

    def _known(self) -> None:
        for name, value in self.written.items():
            numbered = NUMBERED.match(name)
            if name not in self.kind.properties and not (numbered and numbered[1] in self.kind.properties):
                allowed = "、".join(self.kind.properties)
                near = suggestion(name, self.kind.properties)
                self.fault(f"{self.plain.type} 没有特性“{name}”{near}。可以写的有：{allowed}")
            elif not value.strip():
                self.fault(f"特性“{name}”没有内容，请填写或删去")

    def _combined(self, rules: Rules, has_initial: bool) -> None:
        """Properties that mean something only together with others."""
        if self.plain.type == "documentPreview" and not self.written.get("模板", "").strip():
            self.fault("缺少特性“模板”，请写 documents/ 下的文件名")
        choice = self.written.get("选择")
        if choice is not None and choice not in ORGANISATION_CHOICES:
            self.fault(f"特性“选择”要写{'、'.join(ORGANISATION_CHOICES)}之一，不是“{choice}”")
        for name in ("值列", "显示列"):
            if name in self.written and rules.options is None:
                self.fault(f"特性“{name}”要和“可选值”一起写")
        if "显示列" in self.written and "值列" not in self.written:
            self.fault("写了“显示列”，还要写“值列”")
        if rules.readonly and rules.readonly_when is not None:
            self.fault("“只读”和“只读条件”只能写一样")
        if rules.readonly and rules.required is not None:
            self.fault("只读字段由系统填写，不能写“必填条件”")
        if isinstance(rules.least, int) and isinstance(rules.most, int) and rules.least > rules.most:
            self.fault("“最少行”大于“最多行”")

    # -- expressions and sentences

    def _expression(self, name: str) -> Expression | None:
        value = self.written.get(name, "")
        if not value.strip():
            return None
        try:
            return compile_expression(value)
        except ExpressionError as error:
            self.fault(f"特性“{name}”：{error}")
            return None

    def _sentence(self, value: str, name: str) -> Text | None:
        """The sentence when it has expressions in it; a plain one needs no evaluation."""
        text = self._compiled(value, name)
        return text if text is not None and text.expressions else None

    def _compiled(self, value: str, name: str) -> Text | None:
        try:
            return compile_text(value, name)
        except ExpressionError as error:
            self.fault(f"“{name}”：{error}")
            return None

    def _body(self) -> Text | None:
        if self.plain.type == "text":
            if not self.plain.text.strip():
                self.fault("缺少 text，请写要显示的文字")
            return self._compiled(self.plain.text, "text")
        if self.plain.type == "documentPreview":
            return self._compiled(self.written.get("文书名称", "") or self.plain.label, "文书名称")
        return None

    def _checks(self) -> tuple[Check, ...]:
        numbers: set[str] = set()
        for name in self.written:
            numbered = NUMBERED.match(name)
            if numbered:
                numbers.add(numbered[2] or "")
        found = (
            self._check(f"校验{each}", f"提示{each}") for each in sorted(numbers, key=lambda n: int(n or 1))
        )
        return tuple(check for check in found if check is not None)

    def _check(self, name: str, sentence_name: str) -> Check | None:
        if name not in self.written and sentence_name not in self.written:
            return None
        for missing, present in ((name, sentence_name), (sentence_name, name)):
            if missing not in self.written:
                self.fault(f"写了“{present}”，还要写“{missing}”")
        expression = self._expression(name)
        text = self._compiled(self.written.get(sentence_name, ""), sentence_name)
        return Check(name, expression, text) if expression is not None and text is not None else None

    # -- the initial value

    def _initial(self, component: Component) -> tuple[Expression | Text | None, object]:
        """An expression or sentence to evaluate, or else the value that is written there."""
        value = self.written.get("初值", "")
        if not value.strip() or component.type in WITHOUT_VALUE:
            return None, None
        if lone_placeholder(value):
            return self._expression("初值"), None
        prose = component.type in ("textfield", "textarea")
        if prose and "${" in value:
            return self._compiled(value, "初值"), None
        if self._looks_computed(value):
            self.fault(f"特性“初值”：像是表达式，要写成 ${{{value.strip()}}}")
            return None, None
        if component.is_list:
            self.fault("特性“初值”：列表要写成表达式，例如 ${['甲', '乙']}")
            return None, None
        if component.type == "checkbox":
            if value not in ("是", "否"):
                self.fault("特性“初值”要写“是”或“否”，或 ${表达式}")
            return None, True if value == "是" else None
        try:
            return None, read_value(component, value, component.options or None)
        except Wrong as wrong:
            self.fault(f"特性“初值”：{wrong}表达式要写成 ${{…}} 的样子")
            return None, None

    def _looks_computed(self, value: str) -> bool:
        try:
            return any(call.name in CATALOGUE for call in compile_expression(value).calls)
        except ExpressionError:
            return False

    # -- single values

    def _flag(self, name: str) -> bool:
        value = self.written.get(name)
        if value not in (None, "是", "否"):
            self.fault(f"特性“{name}”要写“是”或“否”，不是“{value}”")
        return value == "是"

    def _count(self, name: str, default: int) -> Expression | int:
        value = self.written.get(name, "").strip()
        if not value:
            return default
        if lone_placeholder(value):
            return self._expression(name) or default
        if value.isascii() and value.isdigit() and len(value) <= 4 and int(value) <= ROW_LIMIT:
            return int(value)
        self.fault(f"特性“{name}”要写 0 到 {ROW_LIMIT} 的整数，或 ${{表达式}}")
        return default

    def _size(self) -> int | None:
        value = self.written.get("上限MB", "").strip()
        if not value:
            return None
        if value.isascii() and value.isdigit() and len(value) <= 4 and 1 <= int(value) <= SIZE_LIMIT_MB:
            return int(value)
        self.fault(f"特性“上限MB”要写 1 到 {SIZE_LIMIT_MB} 的整数")
        return None

    def _accepted(self) -> tuple[str, ...]:
        written = self.written.get("类型", "")
        endings, also = _endings(written), _endings(self.accept)
        if endings and also and set(endings) != set(also):
            self.fault("accept 和特性“类型”不一致，请只留“类型”")
        for ending in endings or also:
            if not _ENDING.match(ending):
                self.fault(f"特性“类型”里“{ending}”不是文件的扩展名，请写 pdf,docx,jpg 的样子")
        return endings or also


def _endings(text: str) -> tuple[str, ...]:
    parts = re.split(r"[,，、;；\s]+", text)
    return tuple(dict.fromkeys(part.strip().lstrip(".").lower() for part in parts if part.strip()))
