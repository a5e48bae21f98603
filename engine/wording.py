"""Expressions in Chinese words, for people who read a procedure instead of its drawing."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.expressions import ExpressionError
from engine.expressions.grammar import parse
from engine.expressions.tokens import unwrapped

Look = Callable[[str], str]
_PLACEHOLDER = re.compile(r"\$\{(.*?)\}(?!\})", re.DOTALL)
_BLANKS = re.compile(r" *([，。；：、（）“”〔〕]) *")
_STARTER = "发起人"
_THIRDS = "两一二三四五六七八九十"


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Wording:
    """How names that stand for something else are told: values of parameters by name, a procedure and an element by key."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    procedure: Look = _same
    element: Look = _same

    def condition(self, source: str) -> str:
        """A condition, such as `“急件”为是，且“件数”大于 3`. What cannot be read is given as it stands."""
        return _told(source, self._condition)

    def value(self, source: str) -> str:
        """A value, such as `“领用日期”前第 2 个工作日 09:00`. What cannot be read is given as it stands."""
        return _told(source, self._value)

    def template(self, text: str) -> str:
        """A text with expressions in it: each stands in brackets 〔…〕."""
        return _PLACEHOLDER.sub(lambda found: f"〔{_bare(self.value(found[1]))}〕", text)

    # ---- conditions

    def _condition(self, node: ast.expr) -> str:
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                return "，且".join(self._within(each) for each in values)
            case ast.BoolOp(values=values):
                return "，或者".join(self._within(each) for each in values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._denied(operand)
            case ast.Compare():
                return self._compared(node)
            case ast.Constant(value=bool() as value):
                return "总是" if value else "从不"
            case ast.IfExp():
                return self._value(node)
            case ast.Call(func=ast.Name(id=name)) if name in _STATEMENTS:
                return self._call(name, node.args)
        return f"{self._value(node)}为是"

    def _within(self, node: ast.expr) -> str:
        text = self._condition(node)
        return f"（{text}）" if isinstance(node, ast.BoolOp) else text

    def _denied(self, node: ast.expr) -> str:
        match node:
            case ast.Call(func=ast.Name(id="空"), args=[argument]):
                return f"{self._value(argument)}不为空"
            case ast.Call(func=ast.Name(id="包含"), args=[first, second]):
                return f"{self._value(first)}中没有{self._value(second)}"
            case ast.BoolOp() | ast.Compare() | ast.IfExp():
                return f"并非（{self._condition(node)}）"
            case ast.Call(func=ast.Name(id=name)) if name in _STATEMENTS:
                return f"并非{self._condition(node)}"
        return f"{self._value(node)}为否"

    def _compared(self, node: ast.Compare) -> str:
        parts, left = [], node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._comparison(left, operator, right))
            left = right
        return "，且".join(parts)

    def _comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> str:
        a = self._value(left)
        counted = _counted(left)
        if counted is not None and _is(right, 0):
            told = {ast.Eq: "没有", ast.Gt: "有"}.get(type(operator))
            if told:
                return f"{told}{self._value(counted)}"
        if isinstance(operator, (ast.Eq, ast.NotEq)) and (_is(right, "") or _is(right, None)):
            return f"{a}为空" if isinstance(operator, ast.Eq) else f"{a}不为空"
        if isinstance(operator, (ast.In, ast.NotIn)):
            several = isinstance(right, (ast.List, ast.Tuple))
            among = self._listed(right.elts, "或") if several else f"{self._value(right)}之中"  # type: ignore[attr-defined]  # A list has elements.
            if several:
                return f"{a}{'为' if isinstance(operator, ast.In) else '不为'}{among}"
            return f"{a}{'在' if isinstance(operator, ast.In) else '不在'}{among}"
        return f"{a}{_COMPARED[type(operator)]}{self._value(right)}"

    # ---- values

    def _value(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                return name if name == _STARTER else f"“{name}”"
            case ast.Constant(value=None):
                return "空"
            case ast.Constant(value=bool() as value):
                return "是" if value else "否"
            case ast.Constant(value=str() as text):
                return f"“{text}”" if text else "空"
            case ast.Constant(value=int() | float() as number):
                return f" {number} "
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return self._listed(items) if items else "空"
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                return "、".join(self._pair(key, each) for key, each in pairs if key)
            case ast.Subscript(value=value, slice=part):
                return f"{self._value(value)}的{self._value(part)}"
            case ast.IfExp(test=test, body=body, orelse=other):
                first = f"{self._condition(test)}时为{self._value(body)}"
                return first if _nothing(other) else f"{first}，否则为{self._value(other)}"
            case ast.BinOp(left=left, op=operator, right=right):
                return _reckoned(self._value(left), operator, self._value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"负{self._value(operand)}"
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments)
        return f"（{self._condition(node)}）"

    def _pair(self, key: ast.expr, value: ast.expr) -> str:
        a, b = self._value(key), self._value(value)
        return f"同一{a}" if isinstance(value, ast.Name) and a == b else f"{a}为{b}"

    def _listed(self, items: Sequence[ast.expr], last: str = "") -> str:
        texts = [self._value(each) for each in items]
        if last and len(texts) > 1:
            return f"{'、'.join(texts[:-1])}{last}{texts[-1]}"
        # What is longer than a name would run into the next.
        return ("、" if all(map(_is_name, texts)) else "，以及").join(texts)

    def _call(self, name: str, arguments: Sequence[ast.expr]) -> str:
        if name == "参数" and arguments:
            return self._parameter(arguments[0])
        if name in ("合并", "连接") and arguments:
            return self._listed(arguments if name == "合并" else arguments[:1])
        if name == "达到比例" and len(arguments) == 4:
            return self._share(arguments)
        texts = [self._value(each) for each in arguments]
        if name in _OF_PROCEDURES and arguments:
            texts[0] = self._named(arguments[0], self.procedure)
        if name == "办理记录" and arguments:
            texts[0] = self._named(arguments[0], self.element)
        words = _PHRASES.get((name, len(texts))) or _PHRASES.get((name, -1))
        if words is None:
            return f"{name}（{'，'.join(texts)}）"
        return words.format(*texts)

    def _named(self, node: ast.expr, look: Look) -> str:
        match node:
            case ast.Constant(value=str() as key):
                return f"“{look(key)}”"
        return self._value(node)

    def _parameter(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=str() as name):
                return f" {self.parameters[name]} " if name in self.parameters else f"规则参数“{name}”"
            case ast.BinOp(left=ast.Constant(value=str() as start), op=ast.Add(), right=ast.Name() as which):
                # One parameter for each value of a variable: all are told.
                found = [
                    f"{name.removeprefix(start)}：{value}"
                    for name, value in self.parameters.items()
                    if name.startswith(start)
                ]
                if found:
                    return f"按{self._value(which)}确定的期限（{'；'.join(found)}）"
        return f"规则参数（{self._value(node)}）"

    def _share(self, arguments: Sequence[ast.expr]) -> str:
        got, due, part, whole = (self._value(each).strip() for each in arguments)
        if part.isdigit() and whole.isdigit() and max(int(part), int(whole)) <= 10:
            part, whole = _THIRDS[int(part)], _THIRDS[int(whole)]
        share = f"{whole}分之{part}" if len(part) == 1 and len(whole) == 1 else f"{part} ÷ {whole}"
        return f"{got}达到{due}的{share}（含）"


def _told(source: str, say: Callable[[ast.expr], str]) -> str:
    try:
        tree = parse(unwrapped(source))
    except ExpressionError:
        return source
    text = say(tree).replace("各行各行", "各行")
    return _BLANKS.sub(r"\1", re.sub(" +", " ", text)).strip()


def _is_name(text: str) -> bool:
    return text == _STARTER or (text.startswith("“") and text.endswith("”") and text.count("“") == 1)


def _bare(text: str) -> str:
    """A lone name without its quotation marks."""
    return text[1:-1] if text != _STARTER and _is_name(text) else text


def _reckoned(left: str, operator: ast.operator, right: str) -> str:
    a, b = left.strip(), right.strip()
    if isinstance(operator, ast.Add) and a.isdecimal() and b.isdecimal():
        return f" {int(a) + int(b)} "
    return f"{left}{_RECKONED[type(operator)]}{right}"


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value


def _nothing(node: ast.expr) -> bool:
    return _is(node, None) or _is(node, "") or (isinstance(node, ast.List) and not node.elts)


def _counted(node: ast.expr) -> ast.expr | None:
    """What is counted, when the expression is a count of items."""
    match node:
        case ast.Call(func=ast.Name(id="个数"), args=[argument]):
            return argument
        case ast.Call(func=ast.Name(id="在办个数")):
            return node
    return None


_COMPARED: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "为",
    ast.NotEq: "不为",
    ast.Lt: "小于",
    ast.LtE: "不大于",
    ast.Gt: "大于",
    ast.GtE: "不小于",
}
_RECKONED: Mapping[type[ast.operator], str] = {
    ast.Add: "＋",
    ast.Sub: "－",
    ast.Mult: "×",
    ast.Div: "÷",
    ast.FloorDiv: "整除",
    ast.Mod: "的余数，除以",
}
_OF_PROCEDURES = frozenset(("在办个数", "在办值", "实例值", "已办结", "实例列表"))
_STATEMENTS = frozenset(
    (
        "空",
        "包含",
        "早于",
        "是工作日",
        "达到比例",
        "都在等待",
        "全部是",
        "任一是",
        "已办结",
        "有效委托",
        "仅阅知",
    )
)
"""Functions whose words are a statement by themselves."""

_PHRASES: Mapping[tuple[str, int], str] = {
    ("今天", 0): "当天",
    ("现在", 0): "到这一步时",
    ("工作日前", 2): "{0}前第{1}个工作日",
    ("工作日前", 3): "{0}前第{1}个工作日{2}",
    ("工作日后", 2): "{0}后第{1}个工作日",
    ("工作日后", 3): "{0}后第{1}个工作日{2}",
    ("自然日后", -1): "{0}后第{1}日",
    ("月后", 2): "{0}后第{1}个月",
    ("前一工作日含当日", 1): "{0}当日（遇休提前到前一工作日）",
    ("工作时间后", 2): "{0}后{1}个工作小时",
    ("工作时间前", 2): "{0}前{1}个工作小时",
    ("时限", 2): "{0}起，{1}",
    ("时刻", 2): "{0}的{1}",
    ("日期部分", 1): "{0}",
    ("中文日期", 1): "{0}",
    ("中文时刻", 1): "{0}",
    ("早于", 2): "{0}早于{1}",
    ("相隔工作日", 2): "{0}到{1}的工作日数",
    ("是工作日", 1): "{0}是工作日",
    ("空", 1): "{0}为空",
    ("包含", 2): "{0}中有{1}",
    ("个数", 1): "{0}的个数",
    ("取列", 2): "{0}各行的{1}",
    ("合并列", 2): "{0}各行的{1}",
    ("筛选", 3): "{0}中{1}为{2}的各行",
    ("剔除", 3): "{0}中{1}不为{2}的各行",
    ("筛选含", 3): "{0}中{1}含有{2}的各行",
    ("筛选早于", 3): "{0}中{1}早于{2}的各行",
    ("计数", 3): "{0}中{1}为{2}的行数",
    ("求和", 2): "{0}中{1}的合计",
    ("全部是", 3): "{0}各行的{1}都是{2}",
    ("任一是", 3): "{0}有一行的{1}是{2}",
    ("交集", 2): "{0}中也在{1}中的",
    ("差集", 2): "{0}中不在{1}中的",
    ("值列表", 1): "{0}",
    ("首个", 1): "{0}的第一项",
    ("文字", 1): "{0}",
    ("姓名", 1): "{0}",
    ("职务", 1): "{0}的职务",
    ("长度", 1): "{0}的字数",
    ("枚举", 1): "{0}",
    ("仅阅知", 1): "{0}只写了已阅",
    ("分管领导", 1): "分管{0}的领导",
    ("单位分管领导", 1): "{0}的分管领导",
    ("相关分管领导", 1): "{0}的分管领导",
    ("单位条线", 1): "{0}所属的条线",
    ("岗位人员", -1): "任{0}的人员",
    ("在任", -1): "任{0}的人员",
    ("领导成员", -1): "在任的领导成员",
    ("单位负责人", 1): "{0}的负责人",
    ("单位办理人", 1): "{0}的经办人员",
    ("单位成员", 1): "{0}的全体人员",
    ("单位列表", 0): "全部单位",
    ("所在单位", 1): "{0}所在单位",
    ("等待中的", 1): "正在等{0}的案卷",
    ("等待中的", 2): "正在等{0}的案卷（{1}）",
    ("都在等待", 2): "{1}都在等{0}",
    ("在办个数", 1): "别的在办的{0}",
    ("在办个数", 2): "别的在办的{0}（{1}）",
    ("在办值", 2): "在办的{0}的{1}",
    ("在办值", 3): "在办的{0}（{2}）的{1}",
    ("实例值", 3): "{0}（{1}）的{2}",
    ("已办结", 1): "有已办结的{0}",
    ("已办结", 2): "有已办结的{0}（{1}）",
    ("实例列表", -1): "{0}的案卷",
    ("办理记录", 1): "{0}的办理记录",
    ("最近值", 1): "最近一次填写的{0}",
}
"""(function, number of arguments, -1 for any) → its words; others are told as they are written."""

__all__ = ["Wording"]
