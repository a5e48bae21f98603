"""What holds for every expression: Python's arithmetic, corrections that mean the same, no crash."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions import ExpressionError, compile_expression, compile_payload, compile_script

FUNCTIONS: dict[str, Callable[..., object]] = {"首个": lambda items: items[0]}


def value(source: str, names: Mapping[str, object]) -> object:
    return compile_expression(source).evaluate(names, FUNCTIONS)


numbers = st.integers(-1000, 1000)
comparisons = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@given(numbers, numbers, numbers, numbers, st.sampled_from(sorted(comparisons)))
def test_integer_ratios_compare_as_in_python(
    present: int, due: int, part: int, whole: int, sign: str
) -> None:
    names = {"实": present, "应": due, "分子": part, "分母": whole}
    expected = comparisons[sign](present * whole, due * part)
    assert value(f"实 * 分母 {sign} 应 * 分子", names) is expected
    assert value(f"{present} * {whole} {sign} {due} * {part}", {}) is expected


@st.composite
def arithmetic(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0 or draw(st.booleans()):
        return str(draw(st.integers(0, 50)))
    left, right = draw(arithmetic(depth - 1)), draw(arithmetic(depth - 1))
    return f"({left} {draw(st.sampled_from(['+', '-', '*', '//', '%']))} {right})"


@given(arithmetic())
def test_integer_arithmetic_is_that_of_python(source: str) -> None:
    try:
        expected = eval(source)  # The text is made above, of numbers, operators and brackets.
    except ZeroDivisionError:
        with pytest.raises(ExpressionError, match="除数是 0"):
            value(source, {})
    else:
        assert value(source, {}) == expected


full_width = str.maketrans("()[]{},:+-*/=<>", "（）［］｛｝，：＋－×÷＝＜＞")
texts = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="'\"\\“”‘’「」『』"), max_size=8
)


@given(
    texts,
    numbers,
    st.sampled_from(["状态 == {}", "状态 in [{}, '甲']", "首个([{}]) != 状态", "{{{}: 数量 + 1}}"]),
)
def test_full_width_typing_is_led_back_to_the_expression_meant(text: str, number: int, template: str) -> None:
    """Signs outside the text are corrected, the text between the quotes stays as it was typed."""
    names = {"状态": text, "数量": number}
    meant = template.format(f'"{text}"')
    before, after = template.format("\0").split("\0")
    mistyped = f"{before.translate(full_width)}“{text}”{after.translate(full_width)}"
    error = compile_error(compile_expression, mistyped)
    assert error is not None
    assert error.corrected is not None
    assert value(error.corrected, names) == value(meant, names)


def compile_error(compiles: Callable[[str], object], text: str) -> ExpressionError | None:
    try:
        compiles(text)
    except ExpressionError as error:
        return error
    return None


@given(st.text(max_size=60))
def test_any_text_is_accepted_or_refused_in_chinese(text: str) -> None:
    for compiles in (compile_expression, compile_script, compile_payload):
        error = compile_error(compiles, text)
        if error is not None:
            assert str(error).encode()
            assert error.reason.endswith("。")
            if error.corrected is not None:
                assert compiles(error.corrected)


pieces = st.sampled_from(
    [*"甲乙1（）()[]{}“”'\"=！＝<>&|，,;；.。×*/-:：", " ", "and", "not", "is", "if", "else", "True", "$"]
)


@given(st.lists(pieces, max_size=14).map("".join))
def test_a_corrected_text_is_accepted(text: str) -> None:
    error = compile_error(compile_expression, text)
    if error is not None and error.corrected is not None:
        assert compile_expression(error.corrected)
