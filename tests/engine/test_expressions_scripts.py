"""Scripts and payloads: lines and lists of assignments, and texts that are one placeholder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions import (
    ExpressionError,
    compile_payload,
    compile_script,
    lone_placeholder,
    run_script,
)

FUNCTIONS = {"个数": len}
NAMES: dict[str, object] = {
    "数量": 4,
    "库存": 6,
    "状态": "已发",
    "明细": [{"名称": "铁锹"}, {"名称": "雨衣"}],
}


def test_a_script_runs_line_by_line() -> None:
    script = compile_script("余量 = 库存 - 数量\n\n  # 说明\n够 = 余量 >= 0\n数量 = '改' if 够 else 数量\n")
    names = dict(NAMES)
    run_script(script, names, FUNCTIONS)
    assert names == {**NAMES, "余量": 2, "够": True, "数量": "改"}


def test_a_failing_script_sets_nothing() -> None:
    names = dict(NAMES)
    with pytest.raises(ExpressionError):
        run_script(compile_script("余量 = 1\n数量 = 余量 / 0"), names, FUNCTIONS)
    assert names == NAMES


@pytest.mark.parametrize(
    ("script", "told", "corrected"),
    [
        ("甲 = 1\n乙 ＝ （甲）", "第 2 行：", "乙 = (甲)"),
        ("甲 = 乙 = 1", "第 1 行：比较是否相等要写“==”", "甲 = 乙 == 1"),
        ("金额１ = 1", "第 1 行：“金额１”含有全角", "金额1 = 1"),
        ("甲 == 1", "要写成“名称 = 表达式”", None),
        ("甲", "要写成“名称 = 表达式”", None),
        ("甲.乙 = 1", "等号左边", None),
        ("甲 += 1", "等号左边", None),
        ("甲['乙'] = 1", "等号左边", None),
        ("_甲 = 1", "等号左边", None),
        ("for = 1", "等号左边", None),
        ("true = 1", "等号左边", None),
        ("甲 =", "没有写任何内容", None),
        ("甲 = [1,\n2]", "第 1 行：括号“[”没有配对", None),
        ("import os", "要写成", None),
    ],
)
def test_faults_in_scripts_are_located(script: str, told: str, corrected: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_script(script)
    assert told in caught.value.reason
    assert caught.value.corrected == corrected


def test_scripts_are_bounded() -> None:
    with pytest.raises(ExpressionError, match="200 行"):
        compile_script("甲 = 1\n" * 201)
    with pytest.raises(ExpressionError, match="太长"):
        compile_script("# " + "说" * 20_000)


def test_a_payload_names_variables_and_computes_others() -> None:
    payload = compile_payload("状态; 数 = 个数(明细) ;说明='甲;乙' ; 行 = {'a': [1, 2]};")
    assert [each.name for each in payload] == ["状态", "数", "说明", "行"]
    assert [each.expression.evaluate(NAMES, FUNCTIONS) for each in payload] == [
        "已发",
        2,
        "甲;乙",
        {"a": [1, 2]},
    ]
    assert compile_payload("") == compile_payload(" ; ") == ()


@pytest.mark.parametrize(
    ("payload", "told", "corrected"),
    [
        ("甲；乙 ＝ “一；二”", "应写成", '甲; 乙 = "一；二"'),
        ("甲, 乙", "分号", "甲; 乙"),
        ("甲; 乙 == 1", "名称 = 表达式", None),
        ("甲; 甲 = 1", "写了两次", None),
        ("甲; 1", "名称 = 表达式", None),
        ("甲; 乙 = 丙 = 1", "比较", "乙 = 丙 == 1"),
    ],
)
def test_faults_in_payloads(payload: str, told: str, corrected: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_payload(payload)
    assert told in caught.value.reason
    assert caught.value.corrected == corrected
    if corrected is not None:
        assert compile_payload(corrected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${甲}", True),
        ("  ${ {'甲': '}'}['甲'] } ", True),
        ("${'甲}", True),
        ("${}", True),
        ("${甲}${乙}", False),
        ("${甲} 和 ${乙}", False),
        ("共 ${甲}", False),
        ("${甲} 件", False),
        ("${甲", False),
        ("甲", False),
        ("", False),
    ],
)
def test_lone_placeholder(text: str, expected: bool) -> None:
    assert lone_placeholder(text) is expected


identifiers = st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=4)
literals = st.one_of(
    st.integers(-1000, 1000).map(str),
    st.text("；;=，, 甲'", max_size=6).map(lambda text: '"' + text + '"'),
    st.lists(st.text(";甲", max_size=3).map(repr), max_size=3).map(lambda items: f"[{', '.join(items)}]"),
)


@given(st.dictionaries(identifiers, st.none() | literals, max_size=5), st.sampled_from([";", "; ", " ;\n"]))
def test_a_payload_is_cut_only_between_its_parts(parts: dict[str, str | None], separator: str) -> None:
    text = separator.join(name if source is None else f"{name} = {source}" for name, source in parts.items())
    payload = compile_payload(text)
    assert [each.name for each in payload] == list(parts)
    assert [each.expression.source for each in payload] == [source or name for name, source in parts.items()]
