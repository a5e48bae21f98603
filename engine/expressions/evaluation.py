"""Compute a checked expression on simpleeval, with plain values only and every failure told in Chinese."""

from __future__ import annotations

import ast
import inspect
from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice

from simpleeval import EvalWithCompoundTypes

from engine.expressions.errors import ExpressionError, shown
from engine.expressions.grammar import NAME_LENGTH_LIMIT
from engine.expressions.operations import operations
from engine.expressions.work import KINDS, WEIGHT_LIMIT, Unsuitable, Work, kind
from engine.nearest import nearest

Functions = Mapping[str, Callable[..., object]]

# What a function raises when it is given something it cannot use; other errors are not the author's fault.
_ARGUMENT_ERRORS = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError)
_CANDIDATE_LIMIT = 500  # names or keys among which a message looks for the nearest one
_MISSING = object()


def evaluate(source: str, tree: ast.expr, names: Mapping[str, object], functions: Functions) -> object:
    """The value of a tree made by `grammar.parse` from `source`. Raises ExpressionError."""
    # An evaluator holds the state of one evaluation, while a function may evaluate another expression and
    # other threads do the same; so each evaluation takes an idle one. They are kept because making one costs
    # as much as a whole condition, and the library changes the process's warning filters for that moment.
    try:
        evaluator = _idle.pop()
    except IndexError:
        evaluator = _Evaluator()
    try:
        return evaluator.run(source, tree, names, functions)
    finally:
        evaluator.forget()
        _idle.append(evaluator)


class _Evaluator(EvalWithCompoundTypes):  # type: ignore[misc]  # The library carries no types.
    """simpleeval reduced to the parts of the language, with our operators."""

    def __init__(self) -> None:
        self.work = Work()
        super().__init__(operators=operations(self.work), functions={}, names={})
        # This replaces the library's table, which also has comprehensions, attributes and f-strings.
        self.nodes = {
            ast.Constant: self._eval_constant,
            ast.Name: self._eval_name,
            ast.BoolOp: self._eval_boolop,
            ast.UnaryOp: self._eval_unaryop,
            ast.BinOp: self._eval_binop,
            ast.Compare: self._eval_compare,
            ast.IfExp: self._eval_ifexp,
            ast.Call: self._eval_call,
            ast.Subscript: self._eval_subscript,
            ast.List: self._eval_list,
            ast.Tuple: self._eval_list,  # Values are JSON, which has no other sequence.
            ast.Dict: self._eval_dict,
        }
        self.forget()

    def run(self, source: str, tree: ast.expr, names: Mapping[str, object], functions: Functions) -> object:
        """The value of the tree. Raises ExpressionError."""
        self.names, self.functions = names, functions
        try:
            value = self.eval(source, previously_parsed=tree)
            if self.work.weigh(value, "结果") > WEIGHT_LIMIT:
                raise Unsuitable("结果的数据太多")
            return value
        except Unsuitable as unsuitable:
            raise ExpressionError(source, f"{unsuitable}。") from None
        except RecursionError:
            raise ExpressionError(source, "套得太深，算不出来。") from None

    def forget(self) -> None:
        """Let go of everything that belongs to one evaluation."""
        self.names, self.functions, self.expr = {}, {}, ""
        self.work.reset()

    def _eval(self, node: ast.expr) -> object:
        try:
            value: object = self.nodes[type(node)](node)
        except Unsuitable as unsuitable:
            raise self._error(f"“{self._text(node)}”算不出来：{unsuitable}。") from None
        if type(value) not in KINDS:
            raise self._error(f"“{self._text(node)}”的值不是文本、数字、真假值、空、列表或字典。")
        return value

    def _eval_name(self, node: ast.Name) -> object:
        value = self.names.get(node.id, _MISSING)
        if value is not _MISSING:
            return value
        if node.id in self.functions:
            raise self._error(f"“{node.id}”是函数，要写成“{node.id}(…)”。")
        raise self._error(f"没有名为“{node.id}”的变量{_hint(node.id, self.names)}。")

    def _eval_call(self, node: ast.Call) -> object:
        assert isinstance(node.func, ast.Name)  # The grammar permits nothing else.
        name = node.func.id
        function = self.functions.get(name)
        if function is None:
            if name in self.names:
                raise self._error(f"“{name}”是变量，不是函数，后面不能写括号。")
            raise self._error(f"没有名为“{name}”的函数{_hint(name, self.functions)}。")
        arguments = [self._eval(argument) for argument in node.args]
        named = {str(each.arg): self._eval(each.value) for each in node.keywords}
        for value in (*arguments, *named.values()):
            self.work.read(value)
        try:
            result = function(*arguments, **named)
        except _ARGUMENT_ERRORS as error:
            raise self._error(_call_reason(name, function, arguments, named, error)) from error
        self.work.weigh(result, f"函数“{name}”的结果")
        return result

    def _eval_subscript(self, node: ast.Subscript) -> object:
        container, key = self._eval(node.value), self._eval(node.slice)
        whole = self._text(node.value)
        if isinstance(container, dict):
            if not isinstance(key, str):
                raise self._error(f"取“{whole}”的字段要用文本，这里是{kind(key)}。")
            if key not in container:
                raise self._error(f"“{whole}”里没有“{shown(key, 40)}”{_hint(key, container)}。")
            return container[key]
        if isinstance(container, list | str):
            if type(key) is not int:
                asked = shown(str(key), 40) if isinstance(key, str) else kind(key)
                raise self._error(f"“{whole}”是{kind(container)}，不能取“{asked}”，只能按位置取。")
            if not -len(container) <= key < len(container):
                raise self._error(f"“{whole}”只有 {len(container)} 项，没有第 {key} 项（从 0 数起）。")
            return container[key]
        raise self._error(f"“{whole}”是{kind(container)}，不能从中取值。")

    def _eval_dict(self, node: ast.Dict) -> object:
        result: dict[str, object] = {}
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            assert key_node is not None  # The grammar refuses `**`.
            key = self._eval(key_node)
            if not isinstance(key, str):
                raise self._error(f"字典的键“{self._text(key_node)}”要是文本。")
            result[key] = self._eval(value_node)
        return result

    def _text(self, node: ast.expr) -> str:
        return shown(ast.get_source_segment(self.expr, node) or "", 60)

    def _error(self, reason: str) -> ExpressionError:
        return ExpressionError(self.expr, reason)


def _hint(name: str, known: Mapping[str, object]) -> str:
    if len(name) > NAME_LENGTH_LIMIT:
        return ""
    candidates = [each for each in islice(known, _CANDIDATE_LIMIT) if len(each) <= NAME_LENGTH_LIMIT]
    closest = nearest(name, candidates)
    return f"，最接近的是“{closest}”" if closest is not None else ""


def _call_reason(
    name: str,
    function: Callable[..., object],
    arguments: list[object],
    named: dict[str, object],
    error: Exception,
) -> str:
    """Why a call failed: the number or names of its arguments, the function's own Chinese words, or kinds."""
    try:
        inspect.signature(function).bind(*arguments, **named)
    except TypeError:
        return f"函数“{name}”的参数个数或参数名称不对。"
    except ValueError:  # Some functions written in C do not tell their parameters.
        pass
    said = str(error.args[0]) if isinstance(error, ValueError) and error.args else ""
    if any("\u4e00" <= character <= "\u9fff" for character in said):
        return f"函数“{name}”算不出来：{said.rstrip('。')}。"
    kinds = "、".join(kind(value) for value in (*arguments, *named.values()))
    return f"函数“{name}”用不了这里给它的值（{kinds}）。" if kinds else f"函数“{name}”算不出来。"


_idle: deque[_Evaluator] = deque(maxlen=32)
