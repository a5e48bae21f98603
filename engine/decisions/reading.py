"""Reads a DMN file, as dmn-js writes it, into a decision table; every fault is told with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn_xml import safe_root
from engine.decisions.cells import read_tests, read_value
from engine.decisions.errors import BadDecision, CellFault
from engine.decisions.model import (
    ANY,
    BOOLEAN,
    HIT_POLICIES,
    INTEGER,
    NUMBER,
    STRING,
    UNIQUE,
    Decision,
    Input,
    Output,
    Row,
)
from engine.decisions.unary import Cell, Constant, same_value
from engine.errors import BadDiagram
from engine.expressions import Expression, ExpressionError, compile_expression
from engine.expressions.grammar import is_name

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
)
"""Those of DMN 1.1, 1.2 and 1.3."""
KINDS = {
    "boolean": BOOLEAN,
    "integer": INTEGER,
    "long": INTEGER,
    "number": NUMBER,
    "double": NUMBER,
    "string": STRING,
}
DRAWN = (
    "inputData",
    "knowledgeSource",
    "textAnnotation",
    "association",
    "group",
    "extensionElements",
    "description",
)
"""Parts beside the table that only stand in the drawing."""
LANGUAGES = ("feel", "guicheng")
ROW_LIMIT, COLUMN_LIMIT = 500, 30
NOTE_LENGTH = 200


def parse_decision(text: str, where: str, key: str = "") -> Decision:
    """The table of a file; `where` names the file in messages, `key` is the id the decision must have, if any.

    Raises BadDecision with all faults.
    """
    reading = _Reading(where)
    try:
        root = safe_root(text.removeprefix("\ufeff").encode("utf-8", "replace"), where)
    except BadDiagram as error:
        raise BadDecision([str(error)]) from error
    decision = reading.file(root, key)
    if decision is None or reading.faults:
        raise BadDecision([f"{where}：{fault.rstrip('。')}。" for fault in dict.fromkeys(reading.faults)])
    return decision


@dataclass
class _Reading:
    where: str
    namespace: str = ""
    faults: list[str] = field(default_factory=list)

    # -- the file

    def file(self, root: etree._Element, key: str) -> Decision | None:
        name = etree.QName(root)
        if name.localname != "definitions" or name.namespace not in NAMESPACES:
            self.faults.append("不是 DMN 1.1 到 1.3 的决策文件，最外层应为 definitions")
            return None
        self.namespace = f"{{{name.namespace}}}"
        decisions = self._children(root, "decision")
        for child in self._own(root):
            kind = etree.QName(child).localname
            if kind != "decision" and kind not in DRAWN:
                self.faults.append(f"不支持 {kind}，请删去")
        if len(decisions) != 1:
            self.faults.append(f"一个文件只放一个决策（decision），这里有 {len(decisions)} 个")
            return None
        return self._decision(decisions[0], key)

    def _decision(self, node: etree._Element, key: str) -> Decision | None:
        label = node.get("name") or node.get("id") or "（没有名称）"
        self.where_now = f"决策“{label}”"
        if key and node.get("id") != key:
            self._fault(f"id 是“{node.get('id') or ''}”，要与文件名“{key}”相同")
        for child in self._own(node):
            kind = etree.QName(child).localname
            if kind == "informationRequirement" and self._children(child, "requiredDecision"):
                self._fault("引用了别的决策，不支持；请把条件写进同一张表")
            elif kind == "knowledgeRequirement":
                self._fault("引用了知识模型，不支持")
            elif kind not in (
                *DRAWN,
                "decisionTable",
                "variable",
                "informationRequirement",
                "authorityRequirement",
            ):
                self._fault(f"不支持 {kind}，只能是一张决策表（decisionTable）")
        tables = self._children(node, "decisionTable")
        if len(tables) != 1:
            self._fault("里面要有一张决策表（decisionTable）")
            return None
        return self._table(tables[0], node.get("id") or "", label)

    # -- the table

    def _table(self, table: etree._Element, key: str, label: str) -> Decision | None:
        policy = table.get("hitPolicy", UNIQUE)
        if policy not in HIT_POLICIES:
            self._fault(f"命中方式 {policy} 不支持，只能是 {'、'.join(HIT_POLICIES)}")
        if table.get("aggregation"):
            self._fault(f"汇总 aggregation={table.get('aggregation')} 不支持，请删去，在脚本里计算")
        inputs = [self._input(n, each) for n, each in enumerate(self._children(table, "input"), 1)]
        outputs = self._outputs(self._children(table, "output"))
        rules = self._children(table, "rule")
        if not inputs:
            self._fault("没有输入列")
        if not rules:
            self._fault("一行也没有")
        if len(rules) > ROW_LIMIT or len(inputs) + len(outputs) > COLUMN_LIMIT:
            self._fault(f"太大，最多 {ROW_LIMIT} 行、{COLUMN_LIMIT} 列")
            return None
        # Where a heading could not be read, its cells are looked at all the same, to tell all faults at once.
        labels = [self._input_label(n, each) for n, each in enumerate(self._children(table, "input"), 1)]
        rows = [self._row(n, rule, labels, outputs) for n, rule in enumerate(rules, 1)]
        if self.faults:
            return None
        read = tuple(each for each in inputs if each is not None)
        return Decision(key, label, policy, read, tuple(outputs), tuple(r for r in rows if r is not None))

    def _input_label(self, number: int, node: etree._Element) -> str:
        return str(node.get("label") or self._text(node, "inputExpression") or f"第 {number} 列").strip()

    def _input(self, number: int, node: etree._Element) -> Input | None:
        label = self._input_label(number, node)
        place = f"输入“{label}”"
        for name in map(str, node.attrib):
            if etree.QName(name).localname == "inputVariable":
                self._fault("inputVariable 不起作用，请删去，格里用“输入”", place)
        asked = self._children(node, "inputExpression")
        written = self._text(node, "inputExpression")
        if not written:
            self._fault("没有写输入表达式", place)
            return None
        self._language(asked[0], place)
        expression: Expression | None = None
        try:
            expression = compile_expression(written)
        except ExpressionError as error:
            self._fault(str(error), place)
        kind = KINDS.get(asked[0].get("typeRef", "").rpartition(":")[2], ANY)
        values = self._cell(self._text(node, "inputValues"), f"{place}的可选值")
        if expression is None or values is None:
            return None
        if values.negated or any(test.holds(0) is None and test.holds("") is None for test in values.tests):
            self._fault("只能是定值和两端是定值的范围", f"{place}的可选值")
        column = Input(label, expression, kind, values)
        self._suitable(column, values, f"{place}的可选值")
        self._columns[number] = column
        return column

    def _suitable(self, column: Input, cell: Cell, place: str) -> None:
        """A constant of another kind than the column's is a slip: it never matches."""
        for constant in cell.constants:
            if not column.suits(constant):
                self._fault(f"“{constant}”不是{column.kind}，这一列是{column.kind}", place)

    def _outputs(self, nodes: list[etree._Element]) -> list[Output]:
        found: list[Output] = []
        if not nodes:
            self._fault("没有输出列")
        for number, node in enumerate(nodes, 1):
            name = (node.get("name") or "").strip()
            place = f"输出“{node.get('label') or name or f'第 {number} 列'}”"
            if len(nodes) > 1 and not name:
                self._fault("几列输出时，每列都要写 name", place)
            elif len(nodes) > 1 and not is_name(name):
                self._fault(f"name“{name}”不能用作名称", place)
            elif name and name in [each.name for each in found]:
                self._fault(f"name“{name}”写了两次", place)
            if self._children(node, "defaultOutputEntry"):
                self._fault("默认输出不支持，请写成一行", place)
            values: tuple[Constant, ...] = ()
            cell = self._cell(self._text(node, "outputValues"), f"{place}的可选值")
            if cell is not None:
                values = cell.constants
                if cell.negated or len(values) != len(cell.tests):
                    self._fault("只能是定值，用逗号隔开", f"{place}的可选值")
            found.append(Output(name or str(node.get("label") or "结果"), values))
        return found

    def _row(self, number: int, node: etree._Element, labels: list[str], outputs: list[Output]) -> Row | None:
        asked, given = self._children(node, "inputEntry"), self._children(node, "outputEntry")
        if len(asked) != len(labels) or len(given) != len(outputs):
            self._fault(
                f"有 {len(asked)} 个输入格、{len(given)} 个输出格，应为 {len(labels)} 个和 {len(outputs)} 个",
                f"第 {number} 行",
            )
            return None
        cells: list[Cell] = []
        for column, (label, entry) in enumerate(zip(labels, asked, strict=True), 1):
            place = f"第 {number} 行“{label}”列"
            self._language(entry, place)
            cell = self._cell(self._own_text(entry), place)
            if cell is not None:
                cells.append(cell)
                if column in self._columns:
                    self._suitable(self._columns[column], cell, place)
        results: list[Expression] = []
        for output, entry in zip(outputs, given, strict=True):
            place = f"第 {number} 行“{output.name}”列"
            self._language(entry, place)
            try:
                result = read_value(self._own_text(entry))
            except CellFault as error:
                self._fault(str(error), place)
                continue
            self._among(result, output, place)
            results.append(result)
        return Row(number, tuple(cells), tuple(results), self._note(node))

    def _note(self, node: etree._Element) -> str:
        """What the row's author says about it: its description and annotations."""
        description = node.find(f"{self.namespace}description")
        said = [(description.text or "").strip()] if description is not None else []
        said += [self._own_text(entry) for entry in self._children(node, "annotationEntry")]
        return "；".join(each for each in said if each)[:NOTE_LENGTH]

    def _among(self, result: Expression, output: Output, place: str) -> None:
        """A constant result must be one of the values the column may give."""
        if not output.values or result.names or result.calls:
            return
        try:
            value = result.evaluate({}, {})
        except ExpressionError as error:
            self._fault(str(error), place)
            return
        if not any(same_value(value, each) for each in output.values):
            self._fault(f"“{result.source}”不在这一列的可选值里", place)

    # -- small parts

    def __post_init__(self) -> None:
        self.where_now = ""
        self._columns: dict[int, Input] = {}

    def _cell(self, text: str, place: str) -> Cell | None:
        try:
            return read_tests(text)
        except CellFault as error:
            self._fault(str(error), place)
            return None

    def _language(self, node: etree._Element, place: str) -> None:
        written = node.get("expressionLanguage") or ""
        short = written.rstrip("/").rpartition("/")[2].rpartition(":")[2].lower()
        if written and short not in LANGUAGES:
            self._fault(f"表达式语言 {written} 不支持，请删去 expressionLanguage", place)

    def _fault(self, text: str, place: str = "") -> None:
        self.faults.append(f"{self.where_now}{place}：{text}")

    def _own(self, node: etree._Element) -> Iterator[etree._Element]:
        return (c for c in node if isinstance(c.tag, str) and c.tag.startswith(self.namespace))

    def _children(self, node: etree._Element, kind: str) -> list[etree._Element]:
        return list(node.findall(f"{self.namespace}{kind}"))

    def _own_text(self, node: etree._Element) -> str:
        inner = node.find(f"{self.namespace}text")
        return (inner.text or "").strip() if inner is not None else ""

    def _text(self, node: etree._Element, kind: str) -> str:
        child = node.find(f"{self.namespace}{kind}")
        return self._own_text(child) if child is not None else ""
