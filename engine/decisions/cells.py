"""Reads the cells of a table: the unary tests of input cells, and the values of output cells."""

from __future__ import annotations

import re

from engine.decisions.errors import CellFault
from engine.decisions.unary import Between, Cell, Constant, Equal, Formula, Operand, Test, source_of
from engine.expressions import Expression, ExpressionError, compile_expression
from engine.expressions.tokens import Token, tokens
from engine.expressions.typography import half_width

LENGTH_LIMIT = 2000  # characters of one cell
TEST_LIMIT = 100  # tests in one cell
WORDS: dict[str, Constant] = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t"}
_OPERATORS = ("<", "<=", ">", ">=")


def read_tests(text: str) -> Cell:
    """An input cell as its tests. Raises CellFault."""
    bare = text.strip()
    if bare in ("", "-"):
        return Cell(text)
    if len(bare) > LENGTH_LIMIT:
        raise CellFault(f"太长，最多 {LENGTH_LIMIT} 个字符")
    reader = _Reader(bare)
    negated = reader.takes_not()
    found = reader.tests(negated)
    try:
        expression = compile_expression(source_of(found, negated))
    except ExpressionError as error:
        raise CellFault(error.reason.rstrip("。")) from error
    return Cell(text, found, negated, expression)


def read_value(text: str) -> Expression:
    """An output cell as the expression of its value. Raises CellFault."""
    bare = text.strip()
    if not bare:
        raise CellFault("没有写结果；没有值的请写 null")
    if bare in WORDS:
        return compile_expression(str(WORDS[bare]))
    try:
        # A text in FEEL is written as in our expressions.
        return compile_expression(bare)
    except ExpressionError as error:
        raise CellFault(_told(error)) from error


def _told(error: ExpressionError) -> str:
    advice = f"，应写成：{error.corrected}" if error.corrected is not None else ""
    return error.reason.rstrip("。") + advice


def _text(written: str) -> str:
    """The text a string literal stands for; odd escapes have been refused before."""
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), written[1:-1])


class _Reader:
    """Goes through the pieces of one cell from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        corrected = half_width(text)
        if corrected.mistakes:
            raise CellFault(f"{corrected.reason.rstrip('。')}，应写成：{corrected.text}")
        self.pieces: list[Token] = tokens(text)
        self.at = 0

    def takes_not(self) -> bool:
        """Step over `not(` when the whole cell is one negation."""
        solid = [index for index, piece in enumerate(self.pieces) if piece.kind != "space"]
        words = [self.pieces[index].text for index in solid]
        if words[:2] != ["not", "("]:
            return False
        if words[-1] != ")":
            raise CellFault("not(…) 要括住整格")
        self.pieces = self.pieces[solid[1] + 1 : solid[-1]]
        return True

    def tests(self, negated: bool) -> tuple[Test, ...]:
        found: list[Test] = []
        while True:
            self._spaces()
            found.append(self._test())
            self._spaces()
            if len(found) > TEST_LIMIT:
                raise CellFault(f"一格最多 {TEST_LIMIT} 个测试")
            if self._done:
                return tuple(found)
            if self._here != ",":
                where = "not(…) 里的" if negated else ""
                raise CellFault(f"{where}“{self._rest()}”前面缺逗号或写法不对")
            self.at += 1

    # -- pieces

    @property
    def _done(self) -> bool:
        return self.at >= len(self.pieces)

    @property
    def _here(self) -> str:
        return "" if self._done else self.pieces[self.at].text

    def _spaces(self) -> None:
        while not self._done and self.pieces[self.at].kind == "space":
            self.at += 1

    def _rest(self) -> str:
        return "".join(piece.text for piece in self.pieces[self.at :])[:20]

    # -- tests

    def _test(self) -> Test:
        if self._done:
            raise CellFault("逗号前后少写了一个测试")
        here = self._here
        if here in _OPERATORS:
            self.at += 1
            operand = self._operand(self._until((",",)))
            if here in ("<", "<="):
                return Between(None, False, operand, here == "<=")
            return Between(operand, here == ">=", None, False)
        if here in ("[", "]", "("):
            return self._interval()
        if here == "$":
            return Formula(self._compiled("".join(self._until((",",))).strip()))
        text = "".join(self._until((",",))).strip()
        if not text:
            raise CellFault("逗号前后少写了一个测试")
        try:
            return Equal(self._constant(text))
        except KeyError:
            raise CellFault(
                f"“{text[:20]}”不是测试：文字要加半角引号，比较写 >= 之类，别的写 ${{…}}"
            ) from None

    def _interval(self) -> Between:
        low_closed = self._here == "["
        self.at += 1
        low = self._until_dots()
        high = self._until((",",), ends=True)
        if self._here not in ("]", "[", ")"):
            raise CellFault("范围没有写完整，如 [1..5]")
        high_closed = self._here == "]"
        self.at += 1
        return Between(self._operand(low), low_closed, self._operand(high), high_closed)

    def _until_dots(self) -> list[str]:
        """The pieces before the two dots of an interval, which are stepped over."""
        start = self.at
        while self.at + 1 < len(self.pieces):
            if self._here == "." and self.pieces[self.at + 1].text == ".":
                self.at += 2
                return [piece.text for piece in self.pieces[start : self.at - 2]]
            self.at += 1
        raise CellFault("范围要写两个点，如 [1..5]")

    def _until(self, stops: tuple[str, ...], ends: bool = False) -> list[str]:
        """The pieces up to a comma outside brackets, with `ends` also up to the bracket that ends an interval."""
        start, depth = self.at, 0
        while not self._done:
            piece = self.pieces[self.at]
            if piece.kind == "symbol":
                closes = piece.text in ")]}"
                if depth == 0 and (piece.text in stops or (ends and piece.text in ("]", "[", ")"))):
                    break
                if closes and depth == 0:
                    raise CellFault(f"括号“{piece.text}”前面没有与它配对的括号")
                depth += 1 if piece.text in "([{" else -1 if closes else 0
            self.at += 1
        return [piece.text for piece in self.pieces[start : self.at]]

    # -- operands

    def _operand(self, pieces: list[str]) -> Operand:
        text = "".join(pieces).strip()
        if not text:
            raise CellFault("比较的一边没有写")
        try:
            constant = self._constant(text)
        except KeyError:
            return Operand(expression=self._compiled(text))
        if constant is None or isinstance(constant, bool):
            raise CellFault(f"不能与 {text} 比大小")
        return Operand(constant)

    def _constant(self, text: str) -> Constant:
        """The constant the text is; raises KeyError when it is none."""
        if text in WORDS:
            return WORDS[text]
        if _NUMBER.match(text):
            source = compile_number(text)
            return float(source) if "." in source else int(source)
        found = tokens(text)
        if len(found) == 1 and found[0].kind == "string" and text[0] == '"':
            return _text(text)
        if found and found[0].kind == "unclosed":
            raise CellFault(f"文本“{text[:20]}”缺少后一个引号")
        raise KeyError(text)

    def _compiled(self, text: str) -> Expression:
        try:
            return compile_expression(text)
        except ExpressionError as error:
            raise CellFault(f"“{text[:40]}”：{_told(error)}") from error


def compile_number(text: str) -> str:
    """The number as our expressions accept it. Raises CellFault for one that is too large or oddly written."""
    try:
        return compile_expression(text).source
    except ExpressionError as error:
        raise CellFault(error.reason.rstrip("。")) from error
