"""Decide which expressions exist: read the text into a tree that holds nothing but permitted parts."""

from __future__ import annotations

import ast
import keyword
from itertools import pairwise
from math import isfinite

from engine.expressions.errors import ExpressionError, shown
from engine.expressions.tokens import CLOSING, OPENING, Token, tokens
from engine.expressions.typography import FOREIGN_WORDS, WORD_OPERATORS

LENGTH_LIMIT = 2000  # characters of one expression
DEPTH_LIMIT = 50  # levels of brackets, and of parts within parts
NODE_LIMIT = 400  # values, names and operations in one expression
NUMBER_LIMIT = 10**15  # largest magnitude of a literal or a computed number
NAME_LENGTH_LIMIT = 64

_SYMBOLS = frozenset(("+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", *"()[]{},:.="))
_SYMBOL_REASONS = {
    "**": "不能用乘方或展开“**”",
    "<<": "不能用移位“<<”",
    ">>": "不能用移位“>>”",
    ":=": "式子里面不能赋值“:=”",
    ";": "一处只能写一个表达式，不能用分号“;”连写",
    "#": "表达式里不能写“#”，说明文字请另起一行",
    "$": "一处只能写一个“${…}”，而且要写完整",
    "?": "没有“?”的写法，二选一请写“甲 if 条件 else 乙”",
}
_KEYWORD_REASONS = {
    "for": "表达式里不能写循环“for”，请用列表函数",
    "lambda": "表达式里不能定义函数“lambda”",
    "import": "表达式里不能导入模块“import”",
}
_VALUE_WORDS = frozenset({"True", "False", "None"})
_RESERVED = frozenset(keyword.kwlist) | WORD_OPERATORS | _VALUE_WORDS | FOREIGN_WORDS.keys()

# Accepted as they are; calls, subscripts, dictionaries and literals are looked at more closely.
_PLAIN_PARTS = (
    ast.Name, ast.Attribute, ast.BoolOp, ast.IfExp, ast.List, ast.Tuple, ast.Compare, ast.UnaryOp, ast.BinOp,
)  # fmt: skip
_OPERATIONS = (
    ast.And, ast.Or, ast.Not, ast.USub, ast.UAdd,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Load,
)  # fmt: skip


def parse(source: str) -> ast.expr:
    """The tree of an expression, with every `甲.乙` turned into `甲['乙']`.

    The text is first read token by token, so that hostile text never reaches Python's own parser and most
    mistakes get a reason of their own; then every node of the tree has to be on the list of permitted ones.
    Raises ExpressionError.
    """
    if not source:
        raise ExpressionError(source, "没有写任何内容。")
    if len(source) > LENGTH_LIMIT:
        raise ExpressionError(source, f"太长，最多 {LENGTH_LIMIT} 个字符。")
    _check_tokens(source)
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(source, _syntax_reason(source, error)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(source, "写法无法识别。") from error
    _check_tree(source, tree)
    rewritten: ast.expr = _AttributesAsKeys().visit(tree)
    return rewritten


def is_name(text: str) -> bool:
    """Whether the text, already without full-width forms, can name a variable."""
    return _name_fault(text) is None


def _name_fault(word: str) -> str | None:
    """Why the word cannot be a name, as a Chinese sentence, or None. Full-width forms are refused before."""
    if word in _RESERVED:
        return _KEYWORD_REASONS.get(word, f"“{word}”是保留词，不能这样用") + "。"
    if word.startswith("_"):
        return f"名称“{shown(word, 40)}”不能以下划线开头。"
    if len(word) > NAME_LENGTH_LIMIT:
        return f"名称“{shown(word, 40)}”太长，最多 {NAME_LENGTH_LIMIT} 个字符。"
    if not word.isidentifier():
        return f"“{shown(word, 40)}”既不是名称，也不是数字。"
    return None


def _check_tokens(source: str) -> None:
    """Refuse symbols, words, numbers and brackets that no expression has."""
    open_brackets: list[str] = []
    found = tokens(source)
    for index, token in enumerate(found):
        if token.kind == "unclosed":
            raise ExpressionError(source, f"文本“{shown(token.text, 20)}”缺少后一个引号。")
        if token.kind == "symbol":
            _check_symbol(source, token.text, open_brackets)
        elif token.kind == "word":
            _check_word(source, token.text, found, index)
    if open_brackets:
        raise ExpressionError(source, f"括号“{open_brackets[-1]}”没有配对的“{OPENING[open_brackets[-1]]}”。")
    _check_neighbours(source, [token for token in found if token.kind != "space"])


def _check_symbol(source: str, symbol: str, open_brackets: list[str]) -> None:
    if symbol not in _SYMBOLS:
        raise ExpressionError(source, _SYMBOL_REASONS.get(symbol, f"不能用符号“{shown(symbol)}”") + "。")
    if symbol in OPENING:
        open_brackets.append(symbol)
        if len(open_brackets) > DEPTH_LIMIT:
            raise ExpressionError(source, f"括号套得太深，最多 {DEPTH_LIMIT} 层。")
    elif symbol in CLOSING and (not open_brackets or OPENING[open_brackets.pop()] != symbol):
        raise ExpressionError(source, f"括号“{symbol}”前面没有与它配对的括号。")


def _check_word(source: str, word: str, found: list[Token], index: int) -> None:
    """Refuse what is neither a name nor a decimal number; 1e400, 0x10 and 1_000 hide how large they are."""
    before = found[index - 1].text if index else ""
    after = found[index + 1].text if index + 1 < len(found) else ""
    two_before = found[index - 2].text if index > 1 else ""
    if word.isascii() and word.isdigit():
        fraction = before == "." and two_before.isdigit()
        if not fraction and len(word) > 1 and word.startswith("0"):
            raise ExpressionError(source, f"数字“{shown(word, 20)}”前面不能有多余的 0。")
        if not fraction and int(word[:20]) > NUMBER_LIMIT:
            raise ExpressionError(source, f"数字“{shown(word, 20)}”太大。")
        if after == "." and not (index + 2 < len(found) and found[index + 2].text.isdigit()):
            raise ExpressionError(source, f"数字“{word}.”的小数没有写完整。")
        return
    fault = _name_fault(word) if word not in WORD_OPERATORS and word not in _VALUE_WORDS else None
    if fault is not None:
        raise ExpressionError(source, fault)


def _check_neighbours(source: str, found: list[Token]) -> None:
    """Two values side by side lack an operator or a comma (Python would silently join two texts)."""
    if found and not _ends_value(found[-1]):
        raise ExpressionError(source, f"“{shown(found[-1].text, 20)}”后面没有写完整。")
    for left, right in pairwise(found):
        if _ends_value(left) and _is_value(right):
            pair = f"“{shown(left.text, 20)}”和“{shown(right.text, 20)}”"
            raise ExpressionError(source, f"{pair}之间缺少运算符或逗号。")


def _ends_value(token: Token) -> bool:
    return _is_value(token) or (token.kind == "symbol" and token.text in CLOSING)


def _is_value(token: Token) -> bool:
    return token.kind == "string" or (token.kind == "word" and token.text not in WORD_OPERATORS)


def _syntax_reason(source: str, error: SyntaxError) -> str:
    lines = source.splitlines()
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else source
    near = line[max((error.offset or 1) - 1, 0) :].strip()
    return f"“{shown(near, 20)}”处写法不对，请检查前后。"


def _check_tree(source: str, tree: ast.expr) -> None:
    """Refuse any node that is not permitted, too many of them, and too many levels."""
    count = 0
    waiting: list[tuple[ast.AST, int]] = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, ast.expr_context | ast.boolop | ast.operator | ast.unaryop | ast.cmpop):
            if not isinstance(node, _OPERATIONS):
                raise ExpressionError(source, "用了不支持的运算。")
            continue
        count += 1
        if count > NODE_LIMIT:
            raise ExpressionError(source, f"太复杂，最多 {NODE_LIMIT} 个组成部分，请拆成几步。")
        if depth > DEPTH_LIMIT:
            raise ExpressionError(source, f"套得太深，最多 {DEPTH_LIMIT} 层，请拆成几步。")
        reason = _refusal(node)
        if reason is not None:
            raise ExpressionError(source, reason)
        waiting.extend((child, depth + 1) for child in ast.iter_child_nodes(node))


def _refusal(node: ast.AST) -> str | None:
    """Why this part of a tree is not permitted, as a Chinese sentence, or None."""
    match node:
        case ast.Constant(value=value):
            return _literal_refusal(value)
        case ast.Call(func=ast.Attribute(attr=name)):
            return f"不能写“.{name}(…)”，请用函数“{name}(…)”一类的写法。"
        case ast.Call(func=function, keywords=keywords):
            if not isinstance(function, ast.Name):
                return "括号前面只能是函数的名称。"
            names = [each.arg for each in keywords]
            repeated = next((name for name in names if names.count(name) > 1), None)
            return f"参数“{repeated}”写了两次。" if repeated is not None else None
        case ast.keyword(arg=name):
            return "不能用“**”展开参数。" if name is None else None
        case ast.Starred():
            return "不能用“*”展开列表。"
        case ast.Subscript(slice=ast.Slice() | ast.Tuple()):
            return "方括号里只能写一个位置或一个字段，不能取一段。"
        case ast.Subscript():
            return None
        case ast.Dict(keys=keys):
            return "不能用“**”展开字典。" if None in keys else None
        case ast.Set():
            return "不支持集合，列表请用方括号“[ ]”。"
    return None if isinstance(node, _PLAIN_PARTS) else "用了不支持的写法。"


def _literal_refusal(value: object) -> str | None:
    if isinstance(value, int | float):  # also bool
        return None if isfinite(value) and abs(value) <= NUMBER_LIMIT else "数字太大。"
    return None if value is None or isinstance(value, str) else "用了不支持的数据。"


class _AttributesAsKeys(ast.NodeTransformer):
    """Turn `甲.乙` into `甲['乙']`: no attribute of any object is ever read."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        container = self.visit(node.value)
        key = ast.copy_location(ast.Constant(node.attr), node)
        return ast.copy_location(ast.Subscript(container, key, ast.Load()), node)


def in_reading_order(tree: ast.expr) -> list[ast.expr]:
    """The values, names and operations of a tree in the order in which they are written."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))
